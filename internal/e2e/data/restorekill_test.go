package data_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"namets/internal/backup"
	"namets/internal/datadir"
	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// TestRestore_isAtomicWhereverItIsKilled kills a restore before some of its system calls that
// change files (in .ci/long before each, except the many equal ones), and then does what the next
// start does. It finds the complete old database or the complete new one.
func TestRestore_isAtomicWhereverItIsKilled(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if testing.Short() {
		t.Skip("it starts and kills processes")
	}
	binary := harness.BuildBinary(t)
	prepared, copied := backedUp(t)
	if out, err := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-o", os.DevNull,
		"true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v %s", err, out)
	}
	ends := map[string]int{}
	for _, calls := range []struct {
		names string
		step  int
		path  string // relative to DATA_DIR; empty: all files
	}{
		{"link,linkat,rename,renameat,renameat2", testlong.Size(2, 1), ""},
		{"unlink,unlinkat", testlong.Size(3, 1), ""}, {"fsync,fdatasync", testlong.Size(4, 1), ""},
		{"ftruncate", testlong.Size(2, 1), ""}, {"pwrite64", testlong.Size(200, 40), ""},
		{"openat,open", testlong.Size(60, 12), ""},
		// strace counts the calls of each thread separately, so the rounds above may miss the last
		// calls. This one is made once, after the new database has replaced the old one.
		{"rename,renameat,renameat2", 1, "last-restore.json"},
	} {
		for n := 1; ; n += calls.step {
			env := harness.Environment{"DATA_DIR": filepath.Join(t.TempDir(), "data")}
			if err := os.CopyFS(env["DATA_DIR"], os.DirFS(prepared["DATA_DIR"])); err != nil {
				t.Fatal(err)
			}
			args := []string{"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + calls.names,
				"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", calls.names, n)}
			if calls.path != "" {
				args = append(args, "-P", filepath.Join(env["DATA_DIR"], calls.path))
			}
			cmd := exec.CommandContext(t.Context(), strace, append(args, binary, "restore", copied)...)
			cmd.Env = []string{"DATA_DIR=" + env["DATA_DIR"], "GOMAXPROCS=1"}
			out, err := cmd.CombinedOutput()
			got := afterwards(t, env)
			if got != "stays joins" && got != "stays deleted" {
				t.Errorf("killed before call %d of %s: subscribed: %s\n%s", n, calls.names, got, out)
			}
			if err == nil { // it was not killed
				if got != "stays deleted" {
					t.Errorf("not killed: subscribed: %s\n%s", got, out)
				}
				break
			}
			ends[got]++
		}
	}
	t.Logf("found after a kill: %v", ends)
	if ends["stays joins"] < 5 || ends["stays deleted"] < 1 {
		t.Errorf("it was never killed before, or never after, the switch to the new database: %v", ends)
	}
}

// afterwards does what a start does after a kill, checks the integrity of the database and that no
// file is left behind, and returns who is subscribed.
func afterwards(t *testing.T, env harness.Environment) string {
	t.Helper()
	dir, err := datadir.Open(env["DATA_DIR"])
	if err != nil {
		t.Fatal(err)
	}
	if err := backup.Recover(dir.Database()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dir.Database())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %q, %v", verdict, err)
	}
	got := subscribed(t, env)
	replaced, err := (&backup.Keeper{Database: dir.Database()}).Replaced()
	if err != nil || (got == "stays deleted") != (len(replaced) == 1) || len(replaced) > 1 {
		t.Errorf("subscribed: %s, and the replaced databases %v, %v", got, replaced, err)
	}
	files, err := filepath.Glob(filepath.Join(env["DATA_DIR"], "*.restoring*"))
	if err != nil || len(files) > 0 {
		t.Errorf("left behind %v, %v", files, err)
	}
	return got
}
