package token_test

import (
	"crypto/sha256"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
	"namets/internal/secret"
)

// An upgrade brings stricter rules: a token that was accepted before stays in force, with warnings.
func TestServe_keepsATokenThatNewRulesReject(t *testing.T) {
	const odd = "secret/data/namets/production"
	for _, kind := range []string{"env", "file"} {
		t.Run(kind, func(t *testing.T) {
			env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword)
			s := harness.StartServe(t, env)
			if _, err := s.End(t); err != nil {
				t.Fatal(err)
			}
			rememberToken(t, env["DATA_DIR"], odd)
			if env["N8N_API_TOKEN"] = odd; kind == "file" {
				delete(env, "N8N_API_TOKEN")
				env["N8N_API_TOKEN_FILE"] = filepath.Join(t.TempDir(), "token")
				if err := os.WriteFile(env["N8N_API_TOKEN_FILE"], []byte(odd+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, command := range [][]string{{"check"}, {"token", "check"}} {
				code, stdout, stderr := harness.Call(t, env, command...)
				if code != 0 || !strings.Contains(stdout, "Warning: the API token would be refused if it were new") ||
					strings.Contains(stdout+stderr, odd) {
					t.Errorf("%v: code %d, stdout %s, stderr %s", command, code, stdout, stderr)
				}
			}
			s = harness.StartServe(t, env)
			s.WantStatuses(t, "after the upgrade", map[string]int{odd: 200, harness.APIToken: 403})
			if log := s.Stderr.String(); strings.Count(log, "a new one like it would be refused") != 1 ||
				strings.Contains(log, odd) {
				t.Errorf("the log does not warn once:\n%s", log)
			}
			if _, stdout, _ := harness.Call(t, env, "token", "status"); !strings.Contains(stdout,
				"would be refused if it were new") {
				t.Errorf("token status:\n%s", stdout)
			}
			_, page := askAdmin(newOwner(t, s), "/admin/", nil)
			wantPage(t, page, "The API token would be refused if it were new")
			if strings.Contains(page, odd) {
				t.Error("the overview shows the token")
			}
		})
	}
}

func TestServe_rejectsATokenThatLooksLikeAPath(t *testing.T) {
	const odd = "secret/data/namets/production"
	env := harness.NewEnvironment(t, "N8N_API_TOKEN", odd)
	for _, command := range [][]string{{"check"}, {"serve"}} {
		code, stdout, stderr := harness.Call(t, env, command...)
		if code != 2 || !strings.Contains(stderr, "N8N_API_TOKEN: ") ||
			!strings.Contains(stderr, "looks like the path") || strings.Contains(stdout+stderr, odd) {
			t.Errorf("%v: code %d, stderr %s", command, code, stderr)
		}
	}
	if _, err := os.Stat(env["DATA_DIR"]); err == nil {
		t.Error("it created DATA_DIR")
	}
}

// rememberToken makes value the token that was in force when namets last served dataDir.
func rememberToken(t *testing.T, dataDir, value string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dataDir, "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	digest := sha256.Sum256([]byte(value))
	result, err := db.ExecContext(t.Context(), `update token_generations set fingerprint = $1, digest = $2 where `+
		`role = 'current'`,
		secret.New(value).Fingerprint(), digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
}

// A setting that works but is probably a mistake is reported by check, once in the log, and on the
// overview.
func TestSettings_thatLookLikeMistakesAreReportedInThreePlaces(t *testing.T) {
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "N8N_WEBHOOK_URL",
		"http://n8n.example.org/webhook-test/0123secret")
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, "Warning: N8N_WEBHOOK_URL is the test URL") ||
		!strings.Contains(stdout, "Warning: N8N_WEBHOOK_URL is plain http to another host") ||
		!strings.Contains(stdout, "Nothing keeps namets from serving") {
		t.Errorf("check: code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	s := harness.StartServe(t, env)
	_, page := askAdmin(newOwner(t, s), "/admin/", nil)
	wantPage(t, page, "N8N_WEBHOOK_URL is the test URL", "N8N_WEBHOOK_URL is plain http to another host")
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	if log := s.Stderr.String(); strings.Count(log, "looks like a mistake") != 2 ||
		strings.Count(log, "is the test URL") != 1 {
		t.Errorf("the log:\n%s", log)
	}
	if strings.Contains(page+stdout+s.Stderr.String(), "0123secret") {
		t.Error("the log contains the path of the webhook")
	}
}

func TestSettings_ofADemoAreNotReported(t *testing.T) {
	s := harness.Start(t, harness.Environment{}, "demo")
	s.Wait(t, s.Stdout, "is up at")
	if log := s.Stderr.String(); strings.Contains(log, "level=WARN") || strings.Contains(log, `"WARN"`) {
		t.Errorf("a demo warns:\n%s", log)
	}
}

// A workflow with an invalid since gets the last 24 hours; metrics and the token page report it.
func TestSince_isCountedIfItIsInvalid(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	s := harness.StartServe(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "METRICS_ADDR",
		metrics))
	owner := newOwner(t, s)
	if _, page := askAdmin(owner, "/admin/token", nil); strings.Contains(page, "since not understood") {
		t.Error("the page reports misread requests before there are any")
	}
	s.Get(t, "/api/announcements/new/?since=%222026-03-01T09:30:00Z%22")
	for range 2 {
		s.Get(t, "/api/communications/announcements/new/?since=%5Bobject%20Object%5D")
	}
	_, page := askAdmin(owner, "/admin/token", nil)
	wantPage(t, page, "since not understood", "<code>/api/communications/announcements/new/</code>",
		"<code>X-Since</code>")
	if strings.Contains(page, "<code>/api/announcements/new/</code>") || strings.Contains(page, "object Object") {
		t.Error("the page names the other route, or repeats the value")
	}
	s.URL = "http://" + metrics
	body := s.Get(t, "/metrics").Body
	wantPage(t, body, `namets_since_not_understood_total{route="/api/communications/announcements/new/"} 2`,
		`namets_since_not_understood_total{route="/api/announcements/new/"} 0`)
}
