package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/store/storetest"
	"namets/internal/token"
)

func TestBackup_isCompleteWhileOthersWrite(t *testing.T) {
	db, _ := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	var writers sync.WaitGroup
	for i := range 50 {
		writers.Go(func() {
			data := &namets.Dataset{Patrons: []namets.Patron{{ID: int64(100 + i)}}}
			if _, err := db.Import(t.Context(), by(), data, namets.ImportOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "copy ?.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	copied := openTestDB(t, path)
	got := storetest.MustExport(t, copied.DB)
	got.Patrons = got.Patrons[:1]
	if diff := cmp.Diff(storetest.Fixture(), got, storetest.IgnoreTimes()); diff != "" {
		t.Errorf("the backup (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: a backup contains personal data and must be private", info.Mode(), err)
	}
}

func TestBackup_containsNoTokenDigest(t *testing.T) {
	db, _ := newTestDB(t)
	want := tokenHistory()
	if err := db.SaveTokenHistory(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "a?b %41.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Generations {
		if digest := want.Generations[i].Digest; !digest.IsZero() && bytes.Contains(content, digest[:]) {
			t.Errorf("the backup contains the digest of the %s token", want.Generations[i].Role)
		}
		want.Generations[i].Digest = secret.Digest{}
	}
	got, err := sqlite.ReadTokenStatus(t.Context(), path)
	if diff := cmp.Diff(token.SavedStatus{Status: want, Saved: now()}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestBackup_doesNotOverwrite(t *testing.T) {
	db, _ := newTestDB(t)
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("err = %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "mine" {
		t.Error("the file was overwritten")
	}
}

func TestCopy_namesTheFileThatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	if err := sqlite.Copy(t.Context(), filepath.Join(dir, "none.db"), filepath.Join(dir, "copy.db")); !errors.Is(err,
		fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := sqlite.Copy(t.Context(), dir, filepath.Join(dir, "copy.db")); err == nil ||
		!strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a directory: %v", err)
	}
}

func TestCheck_refusesDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	db, _ := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	if err := db.Backup(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Check(t.Context(), good); err != nil {
		t.Errorf("a good file: %v", err)
	}
	torn := append([]byte(nil), text...)
	for i := 5000; i < len(torn); i += 7 {
		torn[i] ^= 0x55
	}
	for name, content := range map[string][]byte{
		"text": []byte("this is no database at all, but a text that is long enough"), "short": text[:len(text)/2],
		"torn": torn,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sqlite.Check(t.Context(), path); err == nil {
			t.Errorf("%s passed the check", name)
		}
		if err := sqlite.Copy(t.Context(), path, path+".copy"); err == nil {
			t.Errorf("%s was copied", name)
		}
		if left, _ := filepath.Glob(path + ".copy*"); len(left) > 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
	foreign := filepath.Join(dir, "foreign.db")
	if _, err := rawDB(t, foreign).ExecContext(t.Context(), "create table x (y)"); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Check(t.Context(), foreign); err == nil || !strings.Contains(err.Error(), "not one of namets") {
		t.Errorf("another program's database: %v", err)
	}
}

func TestOpen_backsUpBeforeItMigrates(t *testing.T) {
	db, path := newTestDB(t)
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	steps, _ := filepath.Glob("migration/*.sql")
	if len(steps) < 2 {
		t.Skip("there is one migration only")
	}
	old := filepath.Join(t.TempDir(), "old.db")
	first, err := os.ReadFile(steps[0])
	if err != nil {
		t.Fatal(err)
	}
	raw := rawDB(t, old)
	for _, text := range []string{
		"create table migrations (version integer primary key, name text not null, applied_at integer not null) strict",
		string(first), "insert into migrations values (1, '0001', 0)", "insert into patrons values (1, 'kept', '', " +
			"'', '', 0, 1, 1)",
	} {
		if _, err := raw.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	saved := filepath.Join(t.TempDir(), "saved.db")
	refuse := errors.New("no room")
	_, err = sqlite.Open(t.Context(),
		sqlite.Config{Path: old, BeforeMigration: func(int, func(string) error) error { return refuse }})
	if !errors.Is(err, refuse) {
		t.Fatalf("err = %v, want the backup's", err)
	}
	migrated, err := sqlite.Open(t.Context(),
		sqlite.Config{Path: old, BeforeMigration: func(version int, backup func(string) error) error {
			if version != 1 {
				return fmt.Errorf("version %d", version)
			}
			return backup(saved)
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := migrated.Close(); err != nil {
		t.Error(err)
	}
	var version int
	var name string
	err = rawDB(t, saved).QueryRowContext(t.Context(), "select max(version), (select name from patrons) from "+
		"migrations").Scan(&version, &name)
	if err != nil || version != 1 || name != "kept" {
		t.Errorf("the saved database has version %d and patron %q, %v", version, name, err)
	}
	openTestDB(t, path)
}
