package command_test

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

func TestCheck_reportsAllProblemsAtOnce(t *testing.T) {
	env := harness.NewEnvironment(t, "PORT", "99999", "TIME_ZONE", "Lagos", "N8N_API_TOKEN", "short", "LOG_LEVEL",
		"loud")
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 2 || stdout != "" {
		t.Errorf("code %d, stdout %q", code, stdout)
	}
	for _, complaint := range []string{"PORT: ", "TIME_ZONE: ", "LOG_LEVEL: ", "fewer than 16 characters"} {
		if !strings.Contains(stderr, complaint) {
			t.Errorf("stderr does not contain %q:\n%s", complaint, stderr)
		}
	}
}

func TestCheck_changesNothing(t *testing.T) {
	env := harness.NewEnvironment(t)
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, "Everything is in order") || stderr != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if _, err := os.Stat(env["DATA_DIR"]); !os.IsNotExist(err) {
		t.Errorf("it created DATA_DIR: %v", err)
	}
}

func TestCheck_reportsATakenPort(t *testing.T) {
	code, _, stderr := harness.Call(t, harness.NewEnvironment(t, "PORT", harness.TakenPort(t)), "check")
	if code != 2 || !strings.Contains(stderr, "PORT: ") {
		t.Errorf("code %d, stderr %s", code, stderr)
	}
}

func TestCheck_reportsATakenMetricsAddress(t *testing.T) {
	port := harness.FreePort(t)
	for name, env := range map[string]harness.Environment{
		"by another program": harness.NewEnvironment(t, "METRICS_ADDR", "127.0.0.1:"+harness.TakenPort(t)),
		"by PORT":            harness.NewEnvironment(t, "PORT", port, "METRICS_ADDR", "127.0.0.1:"+port),
	} {
		for _, command := range []string{"check", "serve"} {
			code, _, stderr := harness.Call(t, env, command)
			if code == 0 || !strings.Contains(stderr, "METRICS_ADDR: ") ||
				!strings.Contains(stderr, "a port that is free") {
				t.Errorf("%s, %s: code %d, stderr %s", name, command, code, stderr)
			}
		}
	}
}

func TestCheck_agreesWithServeAboutTheSigningKey(t *testing.T) {
	env := harness.NewEnvironment(t, "WEBHOOK_SECRET", "whsec_%%")
	for _, command := range []string{"check", "serve"} {
		if code, _, stderr := harness.Call(t, env, command); code != 2 ||
			!strings.Contains(stderr, "WEBHOOK_SECRET: it begins with whsec_") {
			t.Errorf("%s: code %d, stderr %s", command, code, stderr)
		}
	}
}

func TestCheck_reportsATokenSourceThatDoesNotRespond(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "token")
	env := harness.NewEnvironment(t, "N8N_API_TOKEN_FILE", missing)
	delete(env, "N8N_API_TOKEN")
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 0 || !strings.HasPrefix(stdout, "Note: the token source file gives no token now") ||
		!strings.Contains(stdout, missing) {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestCheck_acceptsADirectoryThatDoesNotExistYet(t *testing.T) {
	env := harness.NewEnvironment(t, "FLY_APP_NAME", "masjid", "DATA_DIR", filepath.Join(t.TempDir(), "a", "b"))
	code, _, before := harness.Call(t, env, "check")
	if err := os.MkdirAll(env["DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	wantCode, _, after := harness.Call(t, env, "check")
	if code != wantCode || before != after {
		t.Errorf("code %d %q, after its creation %d %q", code, before, wantCode, after)
	}
}

func TestServe_isAloneInItsDirectory(t *testing.T) {
	env := harness.NewEnvironment(t)
	s := harness.StartServe(t, env)
	code, _, stderr := harness.Call(t, env, "serve")
	if code != 1 || !strings.Contains(stderr, strings.TrimPrefix(s.URL, "http://")) ||
		!strings.Contains(stderr, strconv.Itoa(os.Getpid())) {
		t.Errorf("a second serve: code %d, stderr %s", code, stderr)
	}
	if code, _, stderr := harness.Call(t, env, "restore", harness.Fixture); code != 1 || !strings.Contains(stderr,
		"stop it first") {
		t.Errorf("restore: code %d, stderr %s", code, stderr)
	}
	for _, args := range [][]string{{"check"}, {"import", harness.Fixture}, {"export"},
		{"backup", filepath.Join(t.TempDir(), "copy.db")}} {
		if code, _, stderr := harness.Call(t, env, args...); code != 0 {
			t.Errorf("%v while it serves: code %d, stderr %s", args, code, stderr)
		}
	}
	if _, err := s.End(t); err != nil {
		t.Error(err)
	}
	harness.StartServe(t, env) // the file of the first one is not locked
}

func TestHealthcheck_asksTheServingProcess(t *testing.T) {
	port := harness.FreePort(t)
	env := harness.NewEnvironment(t, "PORT", port)
	if code, _, stderr := harness.Call(t, env, "healthcheck"); code != 1 || !strings.Contains(stderr,
		"nobody answers") {
		t.Errorf("without a serve: code %d, stderr %s", code, stderr)
	}
	harness.StartServe(t, env)
	if code, stdout, stderr := harness.Call(t, env, "healthcheck"); code != 0 || stdout+stderr != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestRestore_restoresTheRowsOfABackup(t *testing.T) {
	env := harness.Imported(t, harness.Fixture)
	_, before, _ := harness.Call(t, env, "export")
	copied := filepath.Join(t.TempDir(), "copy.db")
	if code, stdout, stderr := harness.Call(t, env, "backup", copied); code != 0 || stdout != copied+"\n" {
		t.Fatalf("backup: code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
	if code, _, _ := harness.Call(t, env, "backup", copied); code != 1 {
		t.Errorf("a backup over another: code %d", code)
	}
	changed := harness.WriteFile(t, strings.Replace(before, `"One line of text."`, `"Two lines."`, 1))
	if code, _, stderr := harness.Call(t, env, "import", "--replace", changed); code != 0 {
		t.Fatal(stderr)
	}
	if code, _, stderr := harness.Call(t, env, "restore", changed); code != 1 ||
		!strings.Contains(stderr, changed+" is damaged or no database: nothing was changed") {
		t.Errorf("no backup: code %d, stderr %s", code, stderr)
	}
	code, stdout, stderr := harness.Call(t, env, "restore", copied)
	if code != 0 {
		t.Fatalf("restore: %s", stderr)
	}
	if _, after, _ := harness.Call(t, env, "export"); after != before {
		t.Error("the rows are not those of the backup")
	}
	_, replaced, _ := strings.Cut(strings.TrimSpace(stdout), "the replaced database is ")
	if _, err := os.Stat(replaced); err != nil {
		t.Errorf("the replaced database: %v", err)
	}
}

func TestServe_makesABackupADay(t *testing.T) {
	env := harness.NewEnvironment(t)
	harness.StartServe(t, env)
	harness.Eventually(t, 10*time.Second, "there is a backup", func() bool {
		found, err := filepath.Glob(filepath.Join(env["DATA_DIR"], "backups", "namets-*.db"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found) == 1
	})
}

func TestServe_servesMetricsAtTheirOwnAddress(t *testing.T) {
	address := "127.0.0.1:" + harness.FreePort(t)
	s := harness.StartServe(t, harness.NewEnvironment(t, "METRICS_ADDR", address))
	s.Get(t, "/api/subscribers/")
	s.Do(t, http.MethodGet, "/api/subscribers/")
	s.Do(t, http.MethodGet, "/api/somebody@example.org/")
	if a := s.Get(t, "/metrics"); a.Status != http.StatusNotFound {
		t.Errorf("the public address has status %d", a.Status)
	}
	s.URL = "http://" + address
	a := s.Do(t, http.MethodGet, "/metrics")
	for _, line := range []string{
		`namets_http_requests_total{method="GET",route="/api/subscribers/",status="200"} 1`,
		`namets_http_requests_total{method="GET",route="/api/subscribers/",status="403"} 1`,
		"namets_database_bytes ", "namets_snapshot_builds_total{", "namets_snapshot_age_seconds{", "go_goroutines ",
	} {
		if !strings.Contains(a.Body, "\n"+line) {
			t.Errorf("the line %s is missing", line)
		}
	}
	if strings.Contains(a.Body, "somebody") || strings.Contains(a.Body, harness.APIToken) {
		t.Error("a path or a token is in the metrics")
	}
}

func TestCheck_listsMailboxesThatAreStoredTwice(t *testing.T) {
	env := harness.NewEnvironment(t)
	if code, stdout, stderr := harness.Call(t, env, "import", harness.Fixture); code != 0 {
		t.Fatalf("%s%s", stdout, stderr)
	}
	if _, stdout, _ := harness.Call(t, env, "check"); strings.Contains(stdout, "more than once") {
		t.Errorf("with no duplicates: %s", stdout)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(env["DATA_DIR"], "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, email := range []string{"x@bücher.example", "x@xn--bcher-kva.example"} { // as an earlier version stored them
		_, err := db.ExecContext(t.Context(), `insert into subscribers (id, email, email_key, is_verified, is_active,
			notify_announcements,
			notify_events, notify_prayer_changes, token, subscribed_at) values ($1, $2, $2, 0, 0, 0, 0, 0,
				printf('%036d', $1), 1)`, 9001+i, email)
		if err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, "in different spellings of the domain: 1.") ||
		!strings.Contains(stdout, "subscribers 9001, 9002\n") || strings.Contains(stdout+stderr, "x@") {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
}
