package harness

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/secret"
)

// MustRotate runs "token rotate", which must succeed, and returns the new token and the messages on
// standard error.
func MustRotate(t *testing.T, env Environment, args ...string) (next, talk string) {
	t.Helper()
	code, stdout, stderr := Call(t, env, append([]string{"token", "rotate"}, args...)...)
	if code != 0 {
		t.Fatalf("rotate %v: code %d, stdout %q, stderr %s", args, code, stdout, stderr)
	}
	return strings.TrimSpace(stdout), stderr
}

// WantStatuses checks the statuses of requests with these tokens.
func (s *Service) WantStatuses(t *testing.T, when string, want map[string]int) {
	t.Helper()
	for value, status := range want {
		if got := s.StatusWith(t, value); got != status {
			t.Errorf("%s: a request with the token %s got status %d, want %d", when,
				secret.New(value).Fingerprint(), got, status)
		}
	}
}

// StatusWith requests a path with a token and returns the status.
func (s *Service) StatusWith(t *testing.T, secret string) int {
	t.Helper()
	return s.Do(t, http.MethodGet, "/api/subscribers/", "X-N8N-Token", secret).Status
}

// InTokenFile is a test's environment with the token in a file, and a first owner.
func InTokenFile(t *testing.T, more ...string) Environment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(APIToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := NewEnvironment(t, append([]string{"N8N_API_TOKEN_FILE", path, "ADMIN_PASSWORD", AdminPassword}, more...)...)
	delete(env, "N8N_API_TOKEN")
	return env
}
