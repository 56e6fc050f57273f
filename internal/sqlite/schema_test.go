package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/internal/sqlite"
)

// goodBackup returns the path of a backup with rows.
func goodBackup(t *testing.T) string {
	t.Helper()
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckRestorable_refusesWhatNoMigrationMakes(t *testing.T) {
	for name, tt := range map[string]struct{ change, says string }{
		"a trigger more":         {`create trigger spy after insert on subscribers begin delete from patrons; end`, `no migration makes a trigger spy`},
		"a view more":            {`create view spy as select 1`, `no migration makes a view spy`},
		"a table more":           {`create table spy (x)`, `no migration makes a table spy`},
		"an index more":          {`create index spy on patrons (email)`, `no migration makes a index spy`},
		"a trigger less":         {`drop trigger subscribers_tallied_insert`, `the trigger subscribers_tallied_insert is missing`},
		"an index less":          {`drop index audit_at`, `the index audit_at is missing`},
		"another trigger":        {`drop trigger deliveries_tallied; create trigger deliveries_tallied after insert on deliveries begin select 1; end`, `the trigger deliveries_tallied is another one`},
		"a column more":          {`alter table patrons add column spy text`, `the table patrons is another one`},
		"another text in quotes": {`drop trigger deliveries_tallied; create trigger deliveries_tallied after insert on deliveries begin insert into tallies values ('joined ', 1, 1); end`, `the trigger deliveries_tallied is another one`},
		"a hidden trigger": {`pragma writable_schema = on;
			insert into sqlite_schema (type, name, tbl_name, rootpage, sql) values ('trigger', 'sqlite_x', 'patrons', 0, 'create trigger sqlite_x after insert on patrons begin delete from users; end')`, `no migration makes a trigger sqlite_x`},
		"a gap":               {`delete from migrations where version = 2`, `gaps`},
		"an earlier version":  {`delete from migrations where version > 3`, `as a migration leaves it (version 3)`},
		"none of namets":      {`drop table migrations`, `not a database of namets`},
		"from a newer namets": {`insert into migrations values (1000, 'x', 1)`, `newer version of namets`},
	} {
		t.Run(name, func(t *testing.T) {
			path := goodBackup(t)
			if err := sqlite.CheckRestorable(t.Context(), path); err != nil {
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
			}
		})
	}
}

func TestCheckRestorable_refusesDamagedAndMissingFiles(t *testing.T) {
	path := goodBackup(t)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"cut": content[:len(content)/2], "text": []byte("this is no database at all, but a text that is long enough"), "empty": nil} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sqlite.CheckRestorable(t.Context(), file); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	if err := sqlite.CheckRestorable(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := sqlite.CheckRestorable(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a directory: %v", err)
	}
}

// TestCheckRestorable_takesWhatEachVersionHasMade goes through the migrations one by one.
func TestCheckRestorable_takesWhatEachVersionHasMade(t *testing.T) {
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
	do("create table migrations (version integer primary key, -- spaces and comments do not matter\n\n name text not null, applied_at integer not null) strict")
	for i, step := range steps {
		text, err := os.ReadFile(step)
		if err != nil {
			t.Fatal(err)
		}
		do(string(text))
		do("insert into migrations values ($1, $2, 1)", i+1, filepath.Base(step))
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
