package cli

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// postForm sends a form as curl does.
func (s *service) postForm(t *testing.T, path, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req) // follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(got)}
}

func TestConfirmations_areMissedWhenNobodyEverCould(t *testing.T) {
	const waiting, subscribe = "waiting to confirm a subscription: 1;", "/communications/subscribe/"
	env := testEnvironment(t)
	s := startServe(t, env)
	if _, stdout, _ := call(t, env, "check"); strings.Contains(stdout, "confirm") {
		t.Errorf("with nobody waiting: %s", stdout)
	}
	if a := s.postForm(t, subscribe, "email=amina@example.org&notify_events=on"); a.status != http.StatusSeeOther {
		t.Fatalf("%+v", a)
	}
	code, stdout, stderr := call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, waiting) || !strings.Contains(stdout, "subscriber_confirmation") {
		t.Errorf("check: code %d\n%s%s", code, stdout, stderr)
	}
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	s = startServe(t, env)
	s.wait(t, s.stderr, "people wait to confirm.*waiting")
	env["DOUBLE_OPT_IN"] = "false"
	if _, stdout, _ = call(t, env, "check"); strings.Contains(stdout, waiting) {
		t.Errorf("without double opt-in: %s", stdout)
	}
}

func TestImport_leavesOutWhoHasLeft(t *testing.T) {
	env := testEnvironment(t)
	code, stdout, stderr := call(t, env, "import", fixture)
	if code != 0 || !strings.Contains(stdout, "subscriber_confirmation") || strings.Contains(stdout, "unsubscribed") {
		t.Fatalf("code %d\n%s%s", code, stdout, stderr)
	}
	s := startServe(t, env)
	links := regexp.MustCompile(`"unsubscribe_url":"http://localhost:\d+(/communications/unsubscribe/[0-9a-f-]{36}/)"`).
		FindStringSubmatch(s.get(t, "/api/subscribers/?links=1").body)
	if links == nil {
		t.Fatal("no personal link")
	}
	if a := s.do(t, http.MethodGet, links[1]); a.status != http.StatusOK ||
		!strings.Contains(a.body, "<form method=\"post\">") {
		t.Errorf("the page for leaving: %+v", a)
	}
	if a := s.postForm(t, links[1], "List-Unsubscribe=One-Click"); a.status != http.StatusOK {
		t.Errorf("one click: %+v", a)
	}
	for _, tt := range []struct{ args, says string }{
		{"import", "subscribers who have unsubscribed here: 1, left out; --ignore-suppressed"},
		{"import --ignore-suppressed", "subscribers who had unsubscribed here: 1, brought back"},
	} {
		_, stdout, _ := call(t, env, append(strings.Fields(tt.args), fixture)...)
		if !strings.Contains(stdout, tt.says) {
			t.Errorf("%s does not say %q:\n%s", tt.args, tt.says, stdout)
		}
	}
	eventually(t, 5*time.Second, "the person is back", func() bool {
		return strings.Contains(s.get(t, "/api/subscribers/?links=1").body, links[1])
	})
}
