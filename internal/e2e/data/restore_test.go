package data_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// addPeople stores subscribers with the names, each with a personal link.
func addPeople(t *testing.T, env harness.Environment, names ...string) {
	t.Helper()
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) (err error) {
		for _, name := range names {
			s := namets.NewSubscriber(name + "@example.org")
			_, createErr := db.CreateSubscriber(ctx, namets.Actor{Kind: namets.Command}, s)
			err = errors.Join(err, createErr)
		}
		return err
	})
}

// backedUp returns an instance with some subscribers and its backup. Since the backup, one
// subscriber has unsubscribed and one was added.
func backedUp(t *testing.T, more ...string) (env harness.Environment, copied string) {
	t.Helper()
	env = harness.NewEnvironment(t, more...)
	harness.Import(t, env, harness.Fixture)
	addPeople(t, env, "stays", "leaves", "deleted")
	copied = filepath.Join(t.TempDir(), "copy.db")
	if code, _, stderr := harness.Call(t, env, "backup", copied); code != 0 {
		t.Fatal(stderr)
	}
	addPeople(t, env, "joins")
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) (err error) {
		return db.EachSubscriber(ctx, namets.SubscriberFilter{}, func(s *namets.Subscriber) error {
			switch s.Email {
			case "leaves@example.org":
				err = db.Unsubscribe(ctx, namets.Actor{Kind: namets.Visitor}, s.Token)
			case "deleted@example.org":
				err = db.DeleteSubscriber(ctx, namets.Actor{Kind: namets.SignedIn, Name: "Hauwa"}, s.ID)
			}
			return err
		})
	})
	return env, copied
}

// subscribed returns the people who are subscribed, in their order.
func subscribed(t *testing.T, env harness.Environment) string {
	t.Helper()
	code, stdout, stderr := harness.Call(t, env, "export")
	if code != 0 {
		t.Fatal(stderr)
	}
	var there []string
	for _, name := range []string{"stays", "leaves", "deleted", "joins"} {
		if strings.Contains(stdout, `"`+name+`@example.org"`) {
			there = append(there, name)
		}
	}
	return strings.Join(there, " ")
}

func TestRestore_reportsRestoredAndRemovedSubscribers(t *testing.T) {
	env, copied := backedUp(t)
	code, stdout, stderr := harness.Call(t, env, "restore", copied)
	if code != 0 || stderr != "" {
		t.Fatalf("code %d, %s", code, stderr)
	}
	for _, part := range []string{
		"Back, because they were deleted after the backup:\n  subscriber ", ": deleted@example.org\n",
		"Gone, because they were added after the backup:\n  subscriber ", ": joins@example.org\n",
		"Stay away, because they left by themselves after the backup:\n  subscriber ", ": leaves@example.org\n",
		"signed out", "\nrestored " + copied + "; the replaced database is ",
	} {
		if !strings.Contains(stdout, part) {
			t.Errorf("%q is missing in\n%s", part, stdout)
		}
	}
	if strings.Contains(stdout, "Held") {
		t.Errorf("deliveries are held although all are known:\n%s", stdout)
	}
	if got := subscribed(t, env); got != "stays deleted" {
		t.Errorf("subscribed: %s", got)
	}
	env, copied = backedUp(t)
	if code, stdout, stderr = harness.Call(t, env, "restore", "--keep-deletes", copied); code != 0 ||
		!strings.Contains(stdout, "Stay deleted:\n") {
		t.Errorf("--keep-deletes: code %d, %s%s", code, stdout, stderr)
	}
	if got := subscribed(t, env); got != "stays" {
		t.Errorf("--keep-deletes: subscribed: %s", got)
	}
}

func TestRestore_holdsWebhooksOnANewHost(t *testing.T) {
	_, copied := backedUp(t)
	n8n, got, _ := harness.Receiver(t)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", n8n, "METRICS_ADDR", "127.0.0.1:"+harness.FreePort(t))
	code, stdout, stderr := harness.Call(t, env, "restore", copied)
	if code != 0 || !strings.Contains(stdout, "There was no database here") ||
		!strings.Contains(stdout, "Held until you decide") || !strings.HasSuffix(stdout, "\nrestored "+copied+"\n") {
		t.Fatalf("code %d, %s%s", code, stdout, stderr)
	}
	s := harness.StartServe(t, env)
	addPeople(t, env, "afterwards")
	select {
	case d := <-got:
		if !strings.Contains(d.Body, "afterwards@example.org") {
			t.Errorf("got %s before the decision", d.Body)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("webhooks of changes after the restore are not sent")
	}
	public := s.URL
	s.URL = "http://" + env["METRICS_ADDR"]
	if a := s.Do(t, "GET", "/metrics"); !strings.Contains(a.Body, "\nnamets_webhook_held 3\n") {
		t.Errorf("the metrics do not show the held deliveries")
	}
	s.URL = public
	if code, stdout, stderr := harness.Call(t, env, "deliveries", "release", "--before", "now"); code != 0 ||
		stdout != "3 due now\n" {
		t.Errorf("release: code %d, %q, %s", code, stdout, stderr)
	}
	for range 3 {
		select {
		case <-got:
		case <-time.After(10 * time.Second):
			t.Fatal("the released deliveries are not sent")
		}
	}
}

func TestRestore_rejectsOtherFiles(t *testing.T) {
	env, copied := backedUp(t)
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `create trigger spy after insert on subscribers begin update users set `+
		`role = 'owner'; end`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"restore", copied}, {"restore", copied, "--at-next-start"},
		{"restore", copied + ".none"}} {
		if code, stdout, stderr := harness.Call(t, env, args...); code != 1 || stdout != "" ||
			!strings.Contains(stderr, "nothing was changed") {
			t.Errorf("%v: code %d, %s%s", args, code, stdout, stderr)
		}
	}
	if _, _, stderr := harness.Call(t, env, "restore", copied); !strings.Contains(stderr, "trigger spy") {
		t.Errorf("stderr: %s", stderr)
	}
	if got := subscribed(t, env); got != "stays joins" {
		t.Errorf("subscribed: %s", got)
	}
}

func TestRestore_replacesADamagedDatabase(t *testing.T) {
	env, copied := backedUp(t)
	path := filepath.Join(env["DATA_DIR"], "namets.db")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"no database": func([]byte) []byte { return []byte(strings.Repeat("no database ", 1000)) },
		"torn": func(b []byte) []byte {
			b = append([]byte(nil), b...)
			for i := 4096; i < len(b); i += 5 {
				b[i] ^= 0x33
			}
			return b
		},
		"cut": func(b []byte) []byte { return b[:len(b)/3] },
	} {
		if err := os.WriteFile(path, damage(content), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := harness.Call(t, env, "restore", copied)
		if code != 0 || !strings.Contains(stdout, "The replaced database cannot be read") ||
			!strings.Contains(stdout, "Held") {
			t.Errorf("%s: code %d, %s%s", name, code, stdout, stderr)
		}
		if got := subscribed(t, env); got != "stays leaves deleted" {
			t.Errorf("%s: subscribed: %s", name, got)
		}
	}
}

func TestRestore_andCommandsWaitForEachOther(t *testing.T) {
	env, copied := backedUp(t)
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(env["DATA_DIR"], "namets.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if code, _, stderr := harness.Call(t, env, "restore", copied); code != 1 ||
		!strings.Contains(stderr, "another program has the database open") {
		t.Errorf("code %d, %s", code, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "*.re*")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}

func TestServe_makesNoEmptyDatabaseNextToTheRestOfOne(t *testing.T) {
	for _, name := range []string{"namets.db.restoring", "namets.db.replaced-20261123T040830.868Z",
		"backups/namets-20261123T040829.506Z.db", "backups/mine.db"} {
		env := harness.NewEnvironment(t)
		path := filepath.Join(env["DATA_DIR"], name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for want, args := range map[int][]string{0: {"serve"}, 1: {"import", harness.Fixture}, 2: {"check"}} {
			code, _, stderr := harness.Call(t, env, args...)
			if code != max(want, 1) || !strings.Contains(stderr, path) ||
				!strings.Contains(stderr, `"namets restore FILE"`) || !strings.Contains(stderr, "move all of them") {
				t.Errorf("%s, %v: code %d, %s", name, args, code, stderr)
			}
			if _, err := os.Stat(filepath.Join(env["DATA_DIR"], "namets.db")); err == nil {
				t.Errorf("%s, %v: it created a database", name, args)
			}
		}
	}
	env, copied := backedUp(t)
	if err := os.Rename(filepath.Join(env["DATA_DIR"], "namets.db"),
		filepath.Join(env["DATA_DIR"], "namets.db.replaced-20261123T040830.868Z")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := harness.Call(t, env, "restore", copied); code != 0 {
		t.Fatal(stderr)
	}
	harness.StartServe(t, env)
}

func TestRestore_atTheNextStart(t *testing.T) {
	env, copied := backedUp(t)
	s := harness.StartServe(t, env)
	code, stdout, stderr := harness.Call(t, env, "restore", "--at-next-start", copied)
	if code != 0 || !strings.Contains(stdout, "the next start restores "+copied) {
		t.Fatalf("code %d, %s%s", code, stdout, stderr)
	}
	if err := os.Remove(copied); err != nil { // such a file is often on a disk that a restart clears
		t.Fatal(err)
	}
	if got := subscribed(t, env); got != "stays joins" {
		t.Errorf("before the start: subscribed: %s", got)
	}
	if _, err := s.End(t); err != nil {
		t.Error(err)
	}
	code, stdout, stderr = harness.Call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, "Warning: the next start restores "+filepath.Base(copied)) ||
		!strings.Contains(stdout, "next-restore.json to withdraw it") {
		t.Errorf("check: code %d, %s%s", code, stdout, stderr)
	}
	s = harness.StartServe(t, env)
	if got := subscribed(t, env); got != "stays deleted" {
		t.Errorf("subscribed: %s", got)
	}
	if log := s.Stderr.String(); !strings.Contains(log, "restored from a backup") ||
		strings.Contains(log, "@example.org") {
		t.Errorf("the log: %s", log)
	}
	addPeople(t, env, "joins")
	if _, err := s.End(t); err != nil {
		t.Error(err)
	}
	harness.StartServe(t, env)
	if got := subscribed(t, env); got != "stays deleted joins" {
		t.Errorf("it was restored a second time: subscribed: %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "next-restore*")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}

func TestRestore_keepsTheDatabaseIfItFailsAtTheStart(t *testing.T) {
	env, copied := backedUp(t)
	if code, _, stderr := harness.Call(t, env, "restore", "--at-next-start", copied); code != 0 {
		t.Fatal(stderr)
	}
	staged, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "next-restore-*.db"))
	if len(staged) != 1 {
		t.Fatalf("%v", staged)
	}
	if err := os.Truncate(staged[0], 10000); err != nil {
		t.Fatal(err)
	}
	s := harness.StartServe(t, env)
	if log := s.Stderr.String(); !strings.Contains(log, "the backup was not restored") ||
		!strings.Contains(log, "copy.db") || !strings.Contains(log, "damaged") {
		t.Errorf("the log: %s", log)
	}
	if got := subscribed(t, env); got != "stays joins" {
		t.Errorf("subscribed: %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "next-restore*")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}

// A full disk is a common reason.
func TestServe_startsEvenIfItCannotStoreTheResultOfARestore(t *testing.T) {
	for name, spoil := range map[string]func(copied string) error{
		"failed":   func(staged string) error { return os.Truncate(staged, 10000) },
		"restored": func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			env, copied := backedUp(t)
			if code, _, stderr := harness.Call(t, env, "restore", "--at-next-start", copied); code != 0 {
				t.Fatal(stderr)
			}
			staged, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "next-restore-*.db"))
			if err := errors.Join(spoil(staged[0]), os.Mkdir(filepath.Join(env["DATA_DIR"], "last-restore.json.part"),
				0o700)); err != nil {
				t.Fatal(err)
			}
			log := harness.StartServe(t, env).Stderr.String()
			if want := map[string]string{"failed": "stays joins", "restored": "stays deleted"}[name]; subscribed(t,
				env) != want {
				t.Errorf("subscribed: %s, want %s", subscribed(t, env), want)
			}
			if got := strings.Contains(log, "the backup was not restored"); got != (name == "failed") {
				t.Errorf("the log: %s", log)
			}
			if left, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "next-restore*")); len(left) > 0 {
				t.Errorf("left behind %v", left)
			}
		})
	}
}

func TestServe_removesACopyThatNoRestoreUses(t *testing.T) {
	env, copied := backedUp(t)
	orphan := filepath.Join(env["DATA_DIR"], "next-restore-20260301T093000.000Z.db")
	if err := sqlite.Copy(t.Context(), copied, orphan); err != nil {
		t.Fatal(err)
	}
	harness.StartServe(t, env)
	if _, err := os.Lstat(orphan); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy still exists: %v", err)
	}
	if got := subscribed(t, env); got != "stays joins" {
		t.Errorf("subscribed: %s", got)
	}
}

func TestRestore_readsTheFileBeforeItDropsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	_, copied := backedUp(t) // only root may enter t.TempDir()
	dir, err := os.MkdirTemp("", "namets-run-as-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // the other user must be able to enter it
		t.Fatal(err)
	}
	for _, flags := range [][]string{{}, {"--at-next-start"}} {
		cmd := exec.CommandContext(t.Context(), harness.BuildBinary(t), append([]string{"restore", copied},
			flags...)...)
		cmd.Env = []string{"DATA_DIR=" + filepath.Join(dir, "data"), "RUN_AS=65532"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v: %s", flags, err, out)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), ".restore-") {
			t.Errorf("left behind %s", f.Name())
		}
		if info, err := f.Info(); err != nil || !isOwnedBy(info, 65532) {
			t.Errorf("%s does not belong to that user: %v", f.Name(), err)
		}
	}
}
