package data_test

import (
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

// restoring makes backups between two kills, and restores them.
type restoring struct {
	t            *testing.T
	binary       string
	env          harness.Environment
	disk         *killDisk
	acknowledged map[string]bool // without those that a restore has undone
	withdrawn    map[string]bool // by a restore

	backup                string          // the last one
	then                  map[string]bool // the acknowledged addresses at the time of the backup
	backups, done, failed int
}

// between makes or restores a backup, or does nothing, while no process is serving.
func (r *restoring) between() {
	r.t.Helper()
	switch rand.IntN(5) {
	case 0:
		path := filepath.Join(r.t.TempDir(), "backup.db")
		if out, err := r.command("backup", path).CombinedOutput(); err != nil {
			r.t.Fatalf("backup: %v: %s", err, out)
		}
		r.backup, r.then = path, map[string]bool{}
		for address := range r.acknowledged {
			r.then[address] = true
		}
		r.backups++
	case 1, 2:
		if r.backup != "" {
			r.restore()
		}
	}
}

func (r *restoring) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), r.binary, args...)
	for name, value := range r.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// restore restores the last backup, or is killed while it does, and checks that the database is the
// old one or the new one.
func (r *restoring) restore() {
	r.t.Helper()
	before := r.addresses()
	if rand.IntN(4) == 0 {
		r.disk.fill(r.t)
	}
	cmd := r.command("restore", r.backup)
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	if rand.IntN(2) == 0 {
		time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	}
	err := cmd.Wait()
	r.disk.empty(r.t)
	if r.done++; err != nil {
		r.failed++
	}
	after := r.addresses()
	for address := range before {
		if after[address] {
			continue
		}
		if r.then[address] {
			r.t.Errorf("a restore has lost %s, which the backup contains", address)
		}
		delete(r.acknowledged, address)
		r.withdrawn[address] = true
	}
	replaced, _ := filepath.Glob(filepath.Join(r.env["DATA_DIR"], "namets.db.replaced-*"))
	for _, path := range replaced {
		if !sameFile(path, filepath.Join(r.env["DATA_DIR"], "namets.db")) {
			_ = os.Remove(path) // to save space
		}
	}
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, otherErr := os.Stat(b)
	return errors.Join(err, otherErr) == nil && os.SameFile(first, second)
}

// addresses returns the subscribers of the database, or of what a killed process has left of it.
func (r *restoring) addresses() map[string]bool {
	r.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(r.env["DATA_DIR"], "namets.db"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(r.t.Context(), "select email from subscribers")
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var address string
		if err := rows.Scan(&address); err != nil {
			r.t.Fatal(err)
		}
		all[address] = true
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// killDisk is a disk that can be filled. If the test may not mount one, it is an ordinary directory
// that is never full.
type killDisk struct {
	dir     string
	mounted bool
	full    int // number of times
}

// newKillDisk mounts a disk in memory, with room for the files that the kills leave behind.
func newKillDisk(t *testing.T, kills int) *killDisk {
	t.Helper()
	d := &killDisk{dir: t.TempDir()}
	size := "size=256m"
	if kills > 100 {
		size = "size=1g"
	}
	if err := harness.MountMemory(t, d.dir, size+",mode=0700"); err != nil {
		t.Logf("the disk is never full, because this process may not mount one: %v", err)
		return d
	}
	d.mounted = true
	return d
}

// data is the data directory on the disk.
func (d *killDisk) data(t *testing.T) string {
	t.Helper()
	return filepath.Join(d.dir, "data")
}

// fill uses all the free space.
func (d *killDisk) fill(t *testing.T) {
	t.Helper()
	if !d.mounted {
		return
	}
	f, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for chunk := int64(64 << 20); chunk >= 4096; {
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if err := harness.Allocate(f, info.Size(), chunk); err != nil {
			chunk /= 2
		}
	}
	d.full++
}

// empty frees the space.
func (d *killDisk) empty(t *testing.T) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}
