package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
	"namets/internal/store/storetest"
	"namets/internal/testlong"
)

// goodBackup returns the path of a backup with rows.
func goodBackup(t *testing.T) string {
	t.Helper()
	db, _ := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckRestorable_refusesAnUnknownSchema(t *testing.T) {
	good := goodBackup(t)
	if err := sqlite.CheckRestorable(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ change, says string }{
		"a trigger more": {`create trigger spy after insert on subscribers begin delete from patrons; end`,
			`no migration makes the trigger spy`},
		"a view more":   {`create view spy as select 1`, `no migration makes the view spy`},
		"a table more":  {`create table spy (x)`, `no migration makes the table spy`},
		"an index more": {`create index spy on patrons (email)`, `no migration makes the index spy`},
		"a trigger less": {`drop trigger subscribers_counted_insert`,
			`the trigger subscribers_counted_insert is missing`},
		"an index less": {`drop index audit_at`, `the index audit_at is missing`},
		"another trigger": {`drop trigger deliveries_counted_daily; create trigger deliveries_counted_daily ` +
			`after insert on deliveries begin select 1; end`, `the trigger deliveries_counted_daily is another one`},
		"a column more": {`alter table patrons add column spy text`, `the table patrons is another one`},
		"another text in quotes": {`drop trigger deliveries_counted_daily; create trigger deliveries_counted_daily ` +
			`after insert on deliveries begin insert into daily_counts values ('joined ', 1, 1); end`,
			`the trigger deliveries_counted_daily is another one`},
		"a hidden trigger": {`pragma writable_schema = on;
			insert into sqlite_schema (type, name, tbl_name, rootpage, sql) values ('trigger', 'sqlite_x', 'patrons',
				0, 'create trigger sqlite_x after insert on patrons begin delete from users; end')`,
			`no migration makes the trigger sqlite_x`},
		"a gap":              {`delete from migrations where version = 2`, `gaps`},
		"an earlier version": {`delete from migrations where version > 3`, `as a migration leaves it (version 3)`},
		"none of namets":     {`drop table migrations`, `not a database of namets`},
		"a virtual table among what SQLite counts": {`pragma writable_schema = on;
			insert into sqlite_schema (type, name, tbl_name, rootpage, sql) values
				('table', 'sqlite_stat9', 'sqlite_stat9', 0, 'create virtual table sqlite_stat9 using fts5(x)')`,
			`not a database of namets`},
		"from a newer namets": {`insert into migrations values (1000, 'x', 1)`, `newer version of namets`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "changed.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			raw := rawDB(t, path)
			if _, err := raw.ExecContext(t.Context(), tt.change); err != nil {
				t.Fatal(err)
			}
			if err := raw.Close(); err != nil {
				t.Fatal(err)
			}
			if err := sqlite.CheckRestorable(t.Context(), path); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			} else if !errors.Is(err, sqlite.ErrForeign) && !errors.Is(err, sqlite.ErrNewer) {
				t.Errorf("%v does not blame the file", err)
			}
		})
	}
}

func TestCheckRestorable_refusesDamagedAndMissingFiles(t *testing.T) {
	content, err := os.ReadFile(goodBackup(t))
	if err != nil {
		t.Fatal(err)
	}
	overwritten := append([]byte(nil), content...)
	copy(overwritten[len(content)/2:], make([]byte, 8<<10))
	for name, text := range map[string][]byte{
		"cut": content[:len(content)/2], "overwritten": overwritten, "zeros": make([]byte, len(content)),
		"text": []byte("this is no database at all, but a text that is long enough"), "empty": nil,
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sqlite.CheckRestorable(t.Context(), file); !errors.Is(err, store.ErrDamaged) &&
			!errors.Is(err, sqlite.ErrForeign) {
			t.Errorf("%s: got %v, want an error that blames the file", name, err)
		}
	}
	if err := sqlite.CheckRestorable(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := sqlite.CheckRestorable(t.Context(), t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a directory: %v", err)
	}
}

func TestFinishRestore_refusesRowsThatBreakARule(t *testing.T) {
	path := goodBackup(t)
	raw := rawDB(t, path)
	if _, err := raw.ExecContext(t.Context(), `pragma ignore_check_constraints = on; update subscribers set email = `+
		`'' where id = (select min(id) from subscribers)`); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.FinishRestore(t.Context(), sqlite.Restoring{Path: path}); !errors.Is(err, store.ErrDamaged) ||
		!strings.Contains(err.Error(), "subscribers") {
		t.Errorf("got %v", err)
	}
}

// A database in another encoding cannot be restored: SQLite does not read two encodings at once, so
// nothing could be carried over from the replaced database.
func TestCheckRestorable_refusesAnotherEncoding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "utf16.db")
	raw := rawDB(t, path)
	if _, err := raw.ExecContext(t.Context(), `pragma encoding = 'UTF-16le'; create table t (x); `+
		`drop table t`); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.CheckRestorable(t.Context(), path); !errors.Is(err, sqlite.ErrForeign) ||
		!strings.Contains(err.Error(), "UTF-16le") {
		t.Errorf("got %v", err)
	}
}

// TestCheckRestorable_acceptsTheDatabaseOfEachVersion checks the migrations one by one (in a quick
// run only the last and each fifth of the others).
func TestCheckRestorable_acceptsTheDatabaseOfEachVersion(t *testing.T) {
	steps, err := filepath.Glob("migration/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	raw := rawDB(t, path)
	do := func(text string, args ...any) {
		t.Helper()
		if _, err := raw.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	}
	do("create table migrations (version integer primary key, -- spaces and comments do not matter\n\n name text not " +
		"null, applied_at integer not null) strict")
	for i, step := range steps {
		text, err := os.ReadFile(step)
		if err != nil {
			t.Fatal(err)
		}
		do(string(text))
		do("insert into migrations values ($1, $2, 1)", i+1, filepath.Base(step))
		if i%testlong.Size(5, 1) != 0 && i < len(steps)-1 {
			continue
		}
		do("analyze")
		if err := sqlite.CheckRestorable(t.Context(), path); err != nil {
			t.Errorf("version %d: %v", i+1, err)
		}
		incoming := filepath.Join(t.TempDir(), "incoming.db")
		if err := sqlite.Copy(t.Context(), path, incoming); err != nil {
			t.Fatal(err)
		}
		report, err := sqlite.FinishRestore(t.Context(), sqlite.Restoring{Path: incoming, Replaced: path})
		if err != nil || report.Compared != namets.LaterState {
			t.Errorf("version %d as the backup and as the replaced database: %q, %v", i+1, report.Compared, err)
		}
	}
}
