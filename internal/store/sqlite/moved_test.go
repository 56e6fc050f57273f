package sqlite_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
	"namets/internal/store/storetest"
)

// wantMoved checks that writes are refused and that Moved reports the reason.
func wantMoved(t *testing.T, db *sqlite.DB) {
	t.Helper()
	_, err := db.CreatePatron(t.Context(), by(), namets.Patron{Name: "P"})
	if !errors.Is(err, sqlite.ErrMoved) || namets.CodeOf(err) != namets.Unavailable {
		t.Errorf("a write returned %v, want ErrMoved", err)
	}
	select {
	case <-db.Moved():
	default:
		t.Error("the channel of Moved is open")
	}
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, sqlite.ErrMoved) {
		t.Errorf("a backup returned %v, want ErrMoved", err)
	}
}

func TestWrite_isRefusedOnceTheFilesHaveMoved(t *testing.T) {
	rename := func(t *testing.T, from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for name, move := range map[string]func(t *testing.T, path string){
		"removed": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"replaced by another database": func(t *testing.T, path string) {
			other, otherPath := newTestDB(t)
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
			rename(t, otherPath, path)
		},
		"replaced by what is no database": func(t *testing.T, path string) {
			rename(t, path, path+".old")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"its log removed":   func(t *testing.T, path string) { rename(t, path+"-wal", path+".old") },
		"its index removed": func(t *testing.T, path string) { rename(t, path+"-shm", path+".old") },
		"its directory moved": func(t *testing.T, path string) {
			rename(t, filepath.Dir(path), filepath.Dir(path)+"-old")
		},
		"its directory replaced by a file": func(t *testing.T, path string) {
			rename(t, filepath.Dir(path), filepath.Dir(path)+"-old")
			if err := os.WriteFile(filepath.Dir(path), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"put back after it was seen to be gone": func(t *testing.T, path string) {
			rename(t, path, path+".old")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "namets.db")
			db := openTestDB(t, path)
			if _, err := db.CreatePatron(t.Context(), by(), namets.Patron{Name: "P"}); err != nil {
				t.Fatal(err)
			}
			move(t, path)
			wantMoved(t, db)
			if strings.HasPrefix(name, "put back") {
				rename(t, path+".old", path)
				wantMoved(t, db)
			}
		})
	}
}

func TestWatch_reportsMovedFilesWithoutAWrite(t *testing.T) {
	db, path := newTestDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan error)
	go func() { watched <- db.Watch(ctx, nil) }()
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-db.Moved():
	case <-time.After(5 * time.Second):
		t.Error("the channel of Moved was not closed")
	}
	cancel()
	if err := <-watched; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was created in its place: %v", err)
	}
}

// The driver discards connections whose statement was cancelled. This must not be mistaken for
// moved files.
// drop closes a connection of the pool.
func drop(t *testing.T, pool *sql.DB) {
	t.Helper()
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		t.Fatal(err)
	}
}

func TestWrite_worksAfterCancelledStatements(t *testing.T) {
	db, path := newTestDB(t)
	for range 3 {
		for _, pool := range []*sql.DB{db.Reader(), db.Writer()} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
			const endless = `with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n`
			var n int
			if err := pool.QueryRowContext(ctx, endless).Scan(&n); err == nil {
				t.Fatal("the endless statement ended")
			}
			cancel()
			drop(t, pool) // the driver does if the cancellation comes as the statement ends
		}
		if _, err := db.CreatePatron(t.Context(), by(), namets.Patron{Name: "P"}); err != nil {
			t.Fatal(err)
		}
	}
	other := rawDB(t, path)
	if _, err := other.ExecContext(t.Context(), "pragma wal_checkpoint(truncate)"); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreatePatron(t.Context(), by(), namets.Patron{Name: "P"}); err != nil {
		t.Error(err)
	}
}

func TestQuickCheck_findsADamagedDatabase(t *testing.T) {
	db, path := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	if err := db.QuickCheck(t.Context()); err != nil || db.Damaged() {
		t.Errorf("an undamaged database: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	damageTable(t, path, "audit")
	db = openTestDB(t, path)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatalf("Ping must not read the damaged table: %v", err)
	}
	if err := db.QuickCheck(t.Context()); !errors.Is(err, store.ErrDamaged) || !db.Damaged() {
		t.Errorf("err = %v, damaged %v", err, db.Damaged())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.QuickCheck(ended); err == nil || errors.Is(err, store.ErrDamaged) {
		t.Errorf("a cancelled check: %v", err)
	}
}

func TestWrite_recordsDamage(t *testing.T) {
	db, path := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	damageTable(t, path, "audit")
	db = openTestDB(t, path)
	if _, err := db.CreatePatron(t.Context(), by(), namets.Patron{Name: "P"}); !errors.Is(err, store.ErrDamaged) ||
		!db.Damaged() {
		t.Errorf("err = %v, damaged %v", err, db.Damaged())
	}
}

// damageTable overwrites the root page of a table in the file of a closed database.
func damageTable(t *testing.T, path, table string) {
	t.Helper()
	raw := rawDB(t, path)
	var page, size int64
	if err := raw.QueryRowContext(t.Context(), `select rootpage from sqlite_schema where name = $1`,
		table).Scan(&page); err != nil {
		t.Fatal(err)
	}
	if err := raw.QueryRowContext(t.Context(), `pragma page_size`).Scan(&size); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("\xa5", int(size))), (page-1)*size); err != nil {
		t.Fatal(err)
	}
}
