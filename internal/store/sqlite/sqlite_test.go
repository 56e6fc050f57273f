package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/store/storetest"
)

func newTestDB(t *testing.T) (*sqlite.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a ?#%41 name.db") // the file name must not be mistaken for options
	return openTestDB(t, path), path
}

func openTestDB(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	return sqlitetest.Open(t, sqlite.Config{Path: path, Now: now})
}

// rawDB opens the file as another program would, one that does not wait for the disk.
func rawDB(t testing.TB, path string) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	t.Cleanup(func() { raw.Close() })
	return raw
}

func TestOpen_doesNotWaitForAnotherProcessThatWrites(t *testing.T) {
	_, path := newTestDB(t)
	other, err := rawDB(t, path).BeginTx(t.Context(), nil) // takes the write lock
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Export(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOpen_createsTheFileWithTheExactName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?#%41 name.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestOpen_createsPrivateFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "namets.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestOpen_saysHowToFixADamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "namets.db")
	for _, text := range []string{strings.Repeat("no database ", 1000), "SQLite format 3\x00" +
		strings.Repeat("\xff", 5000)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		for _, part := range []string{path, "damaged", "namets restore"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("error %v does not say %q", err, part)
			}
		}
	}
}

func TestOpen_setsPragmasForDurability(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "namets.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
	} {
		var got string
		if err := db.Writer().QueryRowContext(t.Context(), "pragma "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := db.Reader().ExecContext(t.Context(), "delete from patrons"); err == nil {
		t.Error("the reader pool could write")
	}
}

func TestMigrations_areNumberedWithoutGaps(t *testing.T) {
	files, err := filepath.Glob("migration/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for i, f := range files {
		if !regexp.MustCompile(fmt.Sprintf(`^%04d_[a-z_]+\.sql$`, i+1)).MatchString(filepath.Base(f)) {
			t.Errorf("file %d is called %s", i+1, filepath.Base(f))
		}
	}
}

func TestOpen_leavesAnUpToDateDatabaseUnchanged(t *testing.T) {
	db, path := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	dump := func() string {
		var b strings.Builder
		rows, err := db.Reader().QueryContext(t.Context(), "select name, coalesce(sql, '') from sqlite_schema union "+
			"all select name, applied_at from migrations")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name, text string
			if err := rows.Scan(&name, &text); err != nil {
				t.Fatal(err)
			}
			b.WriteString(name + text + "\n")
		}
		return b.String()
	}
	before := dump()
	openTestDB(t, path)
	if after := dump(); after != before {
		t.Errorf("opening again changed the schema:\n%s\nwas\n%s", after, before)
	}
}

func TestOpen_refusesADatabaseFromANewerVersion(t *testing.T) {
	db, path := newTestDB(t)
	if _, err := db.Writer().ExecContext(t.Context(), `insert into migrations values (9999, 'later', 0)`); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if !errors.Is(err, sqlite.ErrNewer) {
		t.Errorf("err = %v, want ErrNewer", err)
	}
}

func TestWriters_queueUpInsteadOfFailing(t *testing.T) {
	db, path := newTestDB(t)
	other := openTestDB(t, path)
	var wg sync.WaitGroup
	for i := range 40 {
		store := db
		if i%2 == 1 {
			store = other
		}
		wg.Go(func() {
			data := &namets.Dataset{Patrons: []namets.Patron{{ID: int64(i + 1), Name: "x"}}}
			if _, err := store.Import(t.Context(), namets.Actor{}, data, namets.ImportOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	data, err := db.Export(t.Context())
	if err != nil || len(data.Patrons) != 40 {
		t.Errorf("%d patrons, %v, want 40", len(data.Patrons), err)
	}
}

func TestWrite_reportsAFullDiskAndRecovers(t *testing.T) {
	db, _ := newTestDB(t)
	if _, err := db.Writer().ExecContext(t.Context(), "pragma max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	big := &namets.Dataset{Patrons: []namets.Patron{{ID: 1, Name: "x", Bio: strings.Repeat("b", 1<<20)}}}
	_, err := db.Import(t.Context(), namets.Actor{}, big, namets.ImportOptions{})
	if namets.CodeOf(err) != namets.Unavailable || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("err = %v, want Unavailable", err)
	}
	if _, err := db.Export(t.Context()); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}
	if _, err := db.Writer().ExecContext(t.Context(), "pragma max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	storetest.MustImport(t, db.DB, big, namets.ImportOptions{})
}

func TestGeneration_changesForTheTablesOfAWrite(t *testing.T) {
	db, _ := newTestDB(t)
	now := func() [3]uint64 {
		return [...]uint64{db.Generation(namets.KindSubscribers)(), db.Generation(namets.KindPatrons)(),
			db.Generation(namets.KindEvents)()}
	}
	before := now()
	storetest.MustImport(t, db.DB, &namets.Dataset{Patrons: []namets.Patron{{ID: 1}}}, namets.ImportOptions{})
	after := now()
	if after[0] != before[0] || after[1] == before[1] || after[2] != before[2] {
		t.Errorf("generations %v became %v; only the second one may change", before, after)
	}
	storetest.MustImport(t, db.DB, &namets.Dataset{Patrons: []namets.Patron{{ID: 1}}}, namets.ImportOptions{})
	if got := db.Generation(namets.KindPatrons)(); got != after[1] {
		t.Errorf("an import of the same rows changed the generation from %d to %d", after[1], got)
	}
}

func TestWatch_noticesAnotherProcessAndNotItself(t *testing.T) {
	db, path := newTestDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	changed := make(chan struct{}, 100)
	done := make(chan error)
	go func() { done <- db.Watch(ctx, func() { changed <- struct{}{} }) }()

	before := db.Generation(namets.KindSubscribers)()
	storetest.MustImport(t, db.DB, &namets.Dataset{Patrons: []namets.Patron{{ID: 1}}}, namets.ImportOptions{})
	raw := rawDB(t, path)
	if _, err := raw.ExecContext(t.Context(), "update patrons set bio = 'x'"); err != nil {
		t.Fatal(err)
	}
	<-changed
	if db.Generation(namets.KindSubscribers)() == before {
		t.Error("the generation did not change")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := len(changed); n > 0 {
		t.Errorf("reported %d writes too many", n)
	}
}

// A process that writes repeatedly keeps a writer of this process waiting. Its writes must be
// noticed nevertheless.
func TestWatch_noticesAnotherProcessWhileAWriteWaitsForIt(t *testing.T) {
	db, path := newTestDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	watching, writing := make(chan error), make(chan error)
	go func() { watching <- db.Watch(ctx, nil) }()
	raw := rawDB(t, path)
	other, err := raw.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := db.Import(ctx, namets.Actor{Kind: namets.Command}, &namets.Dataset{}, namets.ImportOptions{})
		writing <- err
	}()
	until(t, "a write of this process waits", func() bool { return db.Writer().Stats().InUse == 1 })
	for range 3 {
		before := db.Generation(namets.KindPatrons)()
		if _, err := other.ExecContext(ctx, "insert into patrons (name, designation, bio, email, hierarchy_order, "+
			"is_active, receive_notifications) values ('', '', '', '', 0, 1, 1)"); err != nil {
			t.Fatal(err)
		}
		if err := other.Commit(); err != nil {
			t.Fatal(err)
		}
		if other, err = raw.BeginTx(ctx, nil); err != nil {
			t.Fatal(err)
		}
		until(t, "the commit is noticed", func() bool { return db.Generation(namets.KindPatrons)() != before })
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-writing; err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-watching; err != nil {
		t.Error(err)
	}
}

// until waits for at most three seconds until ok returns true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.Now().Add(3*time.Second)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("not within three seconds: %s", what)
		}
		<-tick.C
	}
}

func TestWrite_noticesAnotherProcessWithoutWatch(t *testing.T) {
	db, path := newTestDB(t)
	before := db.Generation(namets.KindSubscribers)()
	if _, err := rawDB(t, path).ExecContext(t.Context(), `
		insert into patrons (id, name, designation, bio, email, hierarchy_order, is_active, receive_notifications)
		values (7, 'x', '', '', '', 0, 1, 1)`); err != nil {
		t.Fatal(err)
	}
	storetest.MustImport(t, db.DB, &namets.Dataset{}, namets.ImportOptions{})
	if db.Generation(namets.KindSubscribers)() == before {
		t.Error("a write did not notice the earlier write of another process")
	}
}

func TestSchema_isStrictAndChecksItsValues(t *testing.T) {
	db, _ := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	for _, bad := range []string{
		"update subscribers set is_active = 2",
		"update subscribers set is_active = 'yes'",
		"update subscribers set email = ''",
		"update announcements set category = 'news'",
		"update announcements set publish_at = 9223372036854775807",
		"update announcements set slug = 'same'",
		"update events set category_id = 99",
		"update prayer_schedules set date = '2026-3-1'",
		"update prayer_schedules set fajr_adhan = 86400000000",
		"insert into subscribers select null, 'AMINA@example.org', 'amina@example.org', null, 0, 0, 0, 0, 0, " +
			"'306cc298-4f1b-553e-a783-000000000000', 0, null, 1, null",
	} {
		if _, err := db.Writer().ExecContext(t.Context(), bad); err == nil {
			t.Errorf("accepted: %s", bad)
		}
	}
}
