package token_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

// wantNamed checks the status of a request to the open API with a token.
func wantNamed(t *testing.T, s *harness.Service, when, method, value string, want int) {
	t.Helper()
	headers := []string{"X-N8N-Token", value, "Content-Type", "application/json"}
	if answer := s.Do(t, method, "/api/v1/categories", headers...); answer.Status != want {
		t.Errorf("%s: %s gets %d, want %d: %s", when, method, answer.Status, want, answer.Body)
	}
}

// apitoken runs a command of "namets apitoken" and returns its standard output.
func apitoken(t *testing.T, env harness.Environment, args ...string) string {
	t.Helper()
	code, stdout, stderr := harness.Call(t, env, append([]string{"apitoken"}, args...)...)
	if code != 0 {
		t.Fatalf("%v: code %d\n%s", args, code, stderr)
	}
	return strings.TrimSpace(stdout)
}

// TestNamedTokens_workBesideTheSharedOne uses a named token with a serving namets while commands of
// other processes create, replace and revoke it, also while the shared one is not known.
func TestNamedTokens_workBesideTheSharedOne(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	env := harness.InTokenFile(t, "METRICS_ADDR", metrics)
	s := harness.StartServe(t, env)
	value := apitoken(t, env, "create", "Calendar", "--scopes", "content:read")
	soon := func(what, value string, want int) {
		t.Helper()
		harness.Eventually(t, 5*time.Second, what, func() bool {
			return s.Do(t, http.MethodGet, "/api/v1/categories", "X-N8N-Token", value).Status == want
		})
	}
	soon("the token works", value, http.StatusOK)
	wantNamed(t, s, "without the scope", http.MethodPost, value, http.StatusForbidden)
	s.WantStatuses(t, "on the six paths", map[string]int{value: http.StatusForbidden, harness.APIToken: http.StatusOK})
	next := apitoken(t, env, "replace", "Calendar")
	soon("the new value works", next, http.StatusOK)
	wantNamed(t, s, "the value before", http.MethodGet, value, http.StatusForbidden)
	if got := apitoken(t, env, "revoke", "--all"); got != "1 revoked" {
		t.Errorf("printed %q", got)
	}
	soon("the token has ended", next, http.StatusForbidden)
	wantNamed(t, s, "the shared token", http.MethodGet, harness.APIToken, http.StatusOK)
	measured := (&harness.Service{URL: "http://" + metrics}).Do(t, http.MethodGet, "/metrics").Body
	if !strings.Contains(measured, `namets_token_named_requests_total{token="1"}`) ||
		strings.Contains(measured, "Calendar") {
		t.Error("the metrics do not count the token by its id alone")
	}
	s.End(t)
	harness.WantAbsent(t, "what serve printed", s.Stdout.String()+s.Stderr.String(), []string{value, next})
}

// TestNamedTokens_goOnWithoutTheSharedOne starts namets while its token cannot be read.
func TestNamedTokens_goOnWithoutTheSharedOne(t *testing.T) {
	env := harness.InTokenFile(t)
	s := harness.StartServe(t, env)
	value := apitoken(t, env, "create", "Calendar", "--scopes", "content:read")
	s.End(t)
	if err := os.Remove(env["N8N_API_TOKEN_FILE"]); err != nil {
		t.Fatal(err)
	}
	s = harness.StartServe(t, env)
	wantNamed(t, s, "the named token", http.MethodGet, value, http.StatusOK)
	wantNamed(t, s, "the shared token", http.MethodGet, harness.APIToken, http.StatusServiceUnavailable)
	s.WantStatuses(t, "on the six paths", map[string]int{value: http.StatusServiceUnavailable})
	s.End(t)
	list := apitoken(t, env, "list", "--json")
	if !strings.Contains(list, `"requests": 1`) || !strings.Contains(list, `"last_address": "127.0.0.1"`) {
		t.Errorf("the use is not written at the end: %s", list)
	}
}
