package serve_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

// postForm sends a form as curl does.
func postForm(t *testing.T, s *harness.Service, path, body string) harness.Answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
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
	return harness.Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(got)}
}

func TestConfirmations_areReportedMissingIfNobodyCouldEverConfirm(t *testing.T) {
	const waiting, subscribe = "waiting to confirm a subscription: 1;", "/communications/subscribe/"
	env := harness.NewEnvironment(t)
	s := harness.StartServe(t, env)
	if _, stdout, _ := harness.Call(t, env, "check"); strings.Contains(stdout, "confirm") {
		t.Errorf("with nobody waiting: %s", stdout)
	}
	if a := postForm(t, s, subscribe, "email=amina@example.org&notify_events=on"); a.Status != http.StatusSeeOther {
		t.Fatalf("%+v", a)
	}
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, waiting) || !strings.Contains(stdout, "subscriber_confirmation") {
		t.Errorf("check: code %d\n%s%s", code, stdout, stderr)
	}
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	s = harness.StartServe(t, env)
	s.Wait(t, s.Stderr, "people wait to confirm.*waiting")
	env["DOUBLE_OPT_IN"] = "false"
	if _, stdout, _ = harness.Call(t, env, "check"); strings.Contains(stdout, waiting) {
		t.Errorf("without double opt-in: %s", stdout)
	}
}

func TestImport_skipsPeopleWhoHaveUnsubscribed(t *testing.T) {
	env := harness.NewEnvironment(t)
	code, stdout, stderr := harness.Call(t, env, "import", harness.Fixture)
	if code != 0 || !strings.Contains(stdout, "subscriber_confirmation") || strings.Contains(stdout, "unsubscribed") {
		t.Fatalf("code %d\n%s%s", code, stdout, stderr)
	}
	s := harness.StartServe(t, env)
	links := regexp.MustCompile(`"unsubscribe_url":"http://localhost:\d+(/communications/unsubscribe/[0-9a-f-]{36}/)"`).
		FindStringSubmatch(s.Get(t, "/api/subscribers/?links=1").Body)
	if links == nil {
		t.Fatal("no personal link")
	}
	if a := s.Do(t, http.MethodGet, links[1]); a.Status != http.StatusOK ||
		!strings.Contains(a.Body, "<form method=\"post\">") {
		t.Errorf("the page for leaving: %+v", a)
	}
	if a := postForm(t, s, links[1], "List-Unsubscribe=One-Click"); a.Status != http.StatusOK {
		t.Errorf("one click: %+v", a)
	}
	for _, tt := range []struct{ args, says string }{
		{"import", "subscribers who have unsubscribed here: 1, left out; --ignore-suppressed"},
		{"import --ignore-suppressed", "subscribers who had unsubscribed here: 1, brought back"},
	} {
		_, stdout, _ := harness.Call(t, env, append(strings.Fields(tt.args), harness.Fixture)...)
		if !strings.Contains(stdout, tt.says) {
			t.Errorf("%s: %q is missing in\n%s", tt.args, tt.says, stdout)
		}
	}
	harness.Eventually(t, 5*time.Second, "the person is back", func() bool {
		return strings.Contains(s.Get(t, "/api/subscribers/?links=1").Body, links[1])
	})
}
