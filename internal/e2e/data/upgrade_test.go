package data_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"namets/internal/datadir"
	"namets/internal/e2e/harness"
)

// oldDatabase creates the directory's database as a program with only the first migrations did.
func oldDatabase(t *testing.T, env harness.Environment, migrations int) {
	t.Helper()
	files, err := filepath.Glob("../../../internal/store/sqlite/migration/*.sql")
	if err != nil || len(files) <= migrations {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	if err := os.MkdirAll(env["DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	db := harness.RawDatabase(t, env)
	statements := []string{"pragma journal_mode = wal", "create table migrations (version integer primary key, name " +
		"text not null, applied_at integer not null) strict"}
	for i, file := range files[:migrations] {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		statements = append(statements, string(text), fmt.Sprintf("insert into migrations values (%d, '', 0)", i+1))
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// schemaVersion returns the number of migrations of the directory's database.
func schemaVersion(t *testing.T, env harness.Environment) (version int) {
	t.Helper()
	if err := harness.RawDatabase(t, env).QueryRowContext(t.Context(),
		"select max(version) from migrations").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// contents returns the names of everything in the data directory, except the files that SQLite
// keeps next to an open database.
func contents(t *testing.T, env harness.Environment) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(env["DATA_DIR"])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); !strings.HasSuffix(name, "-shm") && !strings.HasSuffix(name, "-wal") {
			names = append(names, name)
		}
	}
	return names
}

func TestCommands_thatOnlyReadDoNotMigrate(t *testing.T) {
	for _, migrations := range []int{1, 8} {
		env := harness.NewEnvironment(t)
		oldDatabase(t, env, migrations)
		before := contents(t, env)
		for _, args := range [][]string{
			{"export"}, {"deliveries"}, {"check"}, {"backup", filepath.Join(t.TempDir(), "copy.db")},
			{"backup", "--list"}, {"token", "status"},
		} {
			code, _, stderr := harness.Call(t, env, args...)
			if old := strings.Contains(stderr, "older version of namets") &&
				strings.Contains(stderr, `"namets serve"`); code != 0 && !old && args[0] != "token" {
				t.Errorf("version %d, %v: code %d, stderr %s", migrations, args, code, stderr)
			} else if migrations == 1 && args[0] == "deliveries" && !old {
				t.Errorf("without the table of deliveries: code %d, stderr %s", code, stderr)
			}
			if got := schemaVersion(t, env); got != migrations {
				t.Fatalf("%v migrated to version %d", args, got)
			}
		}
		if after := contents(t, env); !slices.Equal(before, after) {
			t.Errorf("left behind: %q, before %q", after, before)
		}
	}
}

// TestCommands_rejectADatabaseOfTheNextVersion runs the program on a database that a later version
// has migrated. Only a restore of a backup from before the upgrade replaces it.
func TestCommands_rejectADatabaseOfTheNextVersion(t *testing.T) {
	env := harness.NewEnvironment(t)
	if _, err := harness.StartServe(t, env).End(t); err != nil {
		t.Fatal(err)
	}
	harness.Import(t, env, harness.Fixture)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if code, _, stderr := harness.Call(t, env, "backup", backup); code != 0 {
		t.Fatal(stderr)
	}
	raw := harness.RawDatabase(t, env)
	if _, err := raw.ExecContext(t.Context(), "insert into migrations select max(version) + 1, '', 0 "+
		"from migrations; pragma wal_checkpoint(truncate)"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		content, err := os.ReadFile(filepath.Join(env["DATA_DIR"], "namets.db"))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%v, the database %x", contents(t, env), sha256.Sum256(content))
	}
	before := state()
	for _, args := range [][]string{
		{"serve"}, {"check"}, {"export"}, {"import", harness.Fixture}, {"admin", "reset-password", "admin"},
		{"deliveries"}, {"deliveries", "1"}, {"deliveries", "retry", "1"},
		{"deliveries", "release", "--before", "2026-01-01T00:00:00Z"},
		{"deliveries", "skip", "--before", "2026-01-01T00:00:00Z"},
		{"backup", filepath.Join(t.TempDir(), "another.db")},
	} {
		code, stdout, stderr := harness.Call(t, env, args...)
		if code == 0 || stdout != "" || !strings.Contains(stderr, "newer version of namets") ||
			!strings.Contains(stderr, "start the newer program, or restore a backup from before the upgrade") {
			t.Errorf("%v: code %d, stdout %q, stderr %s", args, code, stdout, stderr)
		}
		if after := state(); after != before {
			t.Errorf("%v: DATA_DIR was\n%s\nis\n%s", args, before, after)
		}
	}
	if code, _, stderr := harness.Call(t, env, "restore", backup); code != 0 { // as the message recommends
		t.Error(stderr)
	}
	if code, _, stderr := harness.Call(t, env, "export"); code != 0 {
		t.Errorf("after the restore: %s", stderr)
	}
}

func TestCommands_thatWriteDoNotMigrateUnderAnOlderServe(t *testing.T) {
	env := harness.NewEnvironment(t)
	oldDatabase(t, env, 8)
	dir, err := datadir.Open(env["DATA_DIR"])
	if err != nil {
		t.Fatal(err)
	}
	lock, err := dir.Lock(time.Now()) // as the older version does
	if err != nil {
		t.Fatal(err)
	}
	file := harness.WriteFile(t, harness.APIToken)
	rotate := harness.Environment{"N8N_API_TOKEN_FILE": file, "DATA_DIR": env["DATA_DIR"]}
	before := contents(t, env)
	for _, tt := range []struct {
		env  harness.Environment
		args []string
	}{
		{env, []string{"import", harness.Fixture}}, {env, []string{"admin", "reset-password", "admin"}},
		{env, []string{"deliveries", "retry", "--dead"}}, {rotate, []string{"token", "rotate", "--now"}},
	} {
		code, stdout, stderr := harness.Call(t, tt.env, tt.args...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, "serves it and is an older program") ||
			!strings.Contains(stderr, "nothing was changed") {
			t.Errorf("%v: code %d, stdout %q, stderr %s", tt.args, code, stdout, stderr)
		}
		if got := schemaVersion(t, env); got != 8 {
			t.Fatalf("%v migrated to version %d", tt.args, got)
		}
	}
	if after := contents(t, env); !slices.Equal(before, after) {
		t.Errorf("left behind: %q, before %q", after, before)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != harness.APIToken {
		t.Errorf("the token was changed: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := harness.Call(t, env, "import", harness.Fixture); code != 0 || schemaVersion(t, env) == 8 {
		t.Errorf("without a serve: code %d, stderr %s", code, stderr)
	}
	harness.StartServe(t, env) // the command has released its lock
}
