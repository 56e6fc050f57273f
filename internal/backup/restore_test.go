package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/backup"
)

// contents returns what the files of a directory hold, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range names(t, dir) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

func fill(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// restoration replaces the database of dir by one that holds "new".
func restoration(dir string, damaged error) backup.Restoration {
	return backup.Restoration{
		Database: filepath.Join(dir, "namets.db"), Now: time.Unix(0, 0),
		Settle: func(path string) (func() error, error, error) {
			if damaged != nil {
				return nil, damaged, nil
			}
			return func() error {
				return nil
			}, nil, errors.Join(ignoreMissing(os.Remove(path+"-wal")), ignoreMissing(os.Remove(path+"-shm")))
		},
		Prepare: func(incoming, _ string, _ error) error { return os.WriteFile(incoming, []byte("new"), 0o600) },
	}
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

const movedName = "namets.db.replaced-19700101T000000.000Z"

func TestRestoration_keepsWhatItReplaces(t *testing.T) {
	for name, tt := range map[string]struct {
		files, want map[string]string
		damaged     error
	}{
		"a sound database": {
			files: map[string]string{"namets.db": "old", "namets.db-wal": "log", "namets.db-shm": "index",
				"namets.db.restoring": "left behind"},
			want: map[string]string{"namets.db": "new", movedName: "old"},
		},
		"a damaged one, with its log": {
			files: map[string]string{"namets.db": "old", "namets.db-wal": "log", "namets.db-shm": "index"},
			want: map[string]string{"namets.db": "new", movedName: "old", movedName + "-wal": "log", movedName +
				"-shm": "index"},
			damaged: errors.New("torn"),
		},
		"none": {
			files: map[string]string{"namets.db.restoring.part": "left behind"},
			want:  map[string]string{"namets.db": "new"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, tt.files)
			replacedPath, err := restoration(dir, tt.damaged).Run()
			if err != nil || (replacedPath != "") != (tt.files["namets.db"] != "") {
				t.Errorf("kept %q, %v", replacedPath, err)
			}
			if diff := cmp.Diff(tt.want, contents(t, dir)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRestoration_changesNothingWhenItFails(t *testing.T) {
	files := map[string]string{"namets.db": "old", "namets.db-wal": "log"}
	for name, spoil := range map[string]func(*backup.Restoration){
		"no copy": func(r *backup.Restoration) {
			r.Prepare = func(string, string, error) error { return errors.New("no room") }
		},
		"in use": func(r *backup.Restoration) {
			r.Settle = func(string) (func() error, error, error) { return nil, nil, errors.New("in use") }
		},
		"no result": func(r *backup.Restoration) { r.Prepare = func(string, string, error) error { return nil } },
		"half a copy": func(r *backup.Restoration) {
			r.Prepare = func(incoming, _ string, _ error) error {
				return errors.Join(os.WriteFile(incoming, []byte("ne"), 0o600), errors.New("no room"))
			}
		},
		"a second name is taken": func(r *backup.Restoration) {
			prepare := r.Prepare
			r.Prepare = func(incoming, replaced string, damaged error) error {
				return errors.Join(os.WriteFile(r.Database+".replaced-19700101T000000.000Z", []byte("older"), 0o600),
					prepare(incoming, replaced, damaged))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, files)
			r := restoration(dir, errors.New("torn"))
			spoil(&r)
			if replacedPath, err := r.Run(); err == nil || replacedPath != "" {
				t.Errorf("kept %q, %v", replacedPath, err)
			}
			got := contents(t, dir)
			delete(got, movedName)
			if diff := cmp.Diff(files, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecover_undoesARestoreThatWasKilledBeforeItsLastStep stops a restore of a damaged database
// after each of its steps.
func TestRecover_undoesARestoreThatWasKilledBeforeItsLastStep(t *testing.T) {
	old := map[string]string{"namets.db": "old", "namets.db-wal": "log", "namets.db-shm": "index"}
	for steps := range 4 {
		dir := t.TempDir()
		fill(t, dir, old)
		fill(t, dir, map[string]string{"namets.db.restoring": "new", "namets.db.restoring-journal": "half",
			movedName[:len(movedName)-4] + "999Z": "an earlier one"})
		database, replacedPath := filepath.Join(dir, "namets.db"), filepath.Join(dir, movedName)
		for i, step := range []func() error{
			func() error { return os.Link(database, replacedPath) },
			func() error { return os.Rename(database+"-wal", replacedPath+"-wal") },
			func() error { return os.Rename(database+"-shm", replacedPath+"-shm") },
		} {
			if i < steps {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := backup.Recover(database); err != nil {
			t.Fatal(err)
		}
		got := contents(t, dir)
		delete(got, movedName[:len(movedName)-4]+"999Z")
		if diff := cmp.Diff(old, got); diff != "" {
			t.Errorf("after %d steps (-want +got):\n%s", steps, diff)
		}
	}
}

func TestRecover_touchesNothingWhereThereIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"namets.db.restoring": "all there is", movedName: "old", movedName + "-wal": "log"}
	fill(t, dir, files)
	if err := backup.Recover(filepath.Join(dir, "namets.db")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, contents(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRemains_areWhatADatabaseCouldComeBackFrom(t *testing.T) {
	dir := t.TempDir()
	k := &backup.Keeper{Dir: filepath.Join(dir, "backups"), Database: filepath.Join(dir, "namets.db")}
	if got, err := k.Remains(); len(got) > 0 || err != nil {
		t.Errorf("an empty directory: %v, %v", got, err)
	}
	if err := os.Mkdir(k.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	fill(t, k.Dir, map[string]string{"namets-20260301T000000.000Z.db": "", "mine.db": "", "notes.txt": ""})
	fill(t, dir, map[string]string{
		movedName: "", movedName + "-wal": "", "namets.db.restoring": "", "namets.lock": "",
	})
	got, err := k.Remains()
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], dir+"/")
	}
	want := []string{"backups/namets-20260301T000000.000Z.db", "backups/mine.db", movedName, "namets.db.restoring"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPending_isBegunTwiceAtMost(t *testing.T) {
	dir := t.TempDir()
	if _, there, err := backup.ReadPending(dir); there || err != nil {
		t.Errorf("none: %v, %v", there, err)
	}
	fill(t, dir, map[string]string{"next-restore-1.db": "one", "next-restore-2.db": "two"})
	asked := backup.Pending{Copy: "next-restore-2.db", Source: "mine.db", By: "Hauwa", KeepDeletes: true,
		AskedAt: time.Unix(0, 0).UTC()}
	if err := asked.Ask(dir); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		p, there, err := backup.ReadPending(dir)
		if !there || err != nil || p.Tries != i || p.Source != "mine.db" || !p.KeepDeletes {
			t.Fatalf("%+v, %v, %v", p, there, err)
		}
		if err := p.Begin(dir); err != nil {
			t.Fatal(err)
		}
	}
	p, _, _ := backup.ReadPending(dir)
	if err := p.Begin(dir); err == nil {
		t.Error("it is begun a third time")
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("got %v, want the marker and its copy only", got)
	}
	// A backup with a log was read
	fill(t, dir, map[string]string{"next-restore-2.db-wal": "", "next-restore-2.db-shm": "",
		"next-restore-3.db.part": ""})
	if err := backup.Forget(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left behind %v", got)
	}
	for _, name := range []string{"../../etc/passwd", "", ".", "..", "namets.db", "namets.lock", "../next-restore-1.db",
		"next-restore-1.db/.."} {
		fill(t, dir, map[string]string{"next-restore.json": `{"copy":"` + name + `"}`})
		if _, there, err := backup.ReadPending(dir); !there || err == nil {
			t.Errorf("a marker that names %q: %v, %v", name, there, err)
		}
	}
}

func TestOutcome_isForgottenWithTheReplacedDatabase(t *testing.T) {
	dir, at := t.TempDir(), time.Unix(0, 0).UTC()
	if _, there, err := backup.ReadOutcome(dir, at); there || err != nil {
		t.Errorf("none: %v, %v", there, err)
	}
	want := backup.Outcome{At: at, Source: "mine.db", By: "Hauwa", Text: "a@example.org is back"}
	if err := want.Save(dir); err != nil {
		t.Fatal(err)
	}
	if got, there, err := backup.ReadOutcome(dir, at.Add(29*24*time.Hour)); got != want || !there || err != nil {
		t.Errorf("%+v, %v, %v", got, there, err)
	}
	if _, there, err := backup.ReadOutcome(dir, at.Add(31*24*time.Hour)); there || err != nil ||
		len(names(t, dir)) > 0 {
		t.Errorf("%v, %v: %v", there, err, names(t, dir))
	}
}
