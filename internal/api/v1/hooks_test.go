package v1_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// hooksOnly is a token that may only manage hooks: the token 7 of the site.
const hooksOnly = "hooks"

// hookBody is the body of a registration.
const hookBody = `{"url":"http://127.0.0.1:5678/webhook/x","events":["event.cancelled","announcement.published"]}`

// put registers a hook with the body and returns the answer.
func (s *site) put(tb testing.TB, key, body string, headers ...string) *response {
	tb.Helper()
	return s.call(tb, http.MethodPut, "/api/v1/hooks/"+key, body, headers...)
}

func TestHooks_registerThemselves(t *testing.T) {
	s := newSite(t)
	created := s.put(t, "my.hook-1", hookBody).want(http.StatusCreated).object()
	secret, _ := created["secret"].(string)
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("the secret is %q", secret)
	}
	delete(created, "secret")
	want := map[string]any{"id": 1.0, "key": "my.hook-1", "token": "shared", "url": "http://127.0.0.1:5678/webhook/x",
		"events": []any{"announcement.published", "event.cancelled"}, "ack": "2xx", "report_within": "PT30M",
		"before": "PT24H", "status": "active", "paused_at": nil, "paused_reason": nil,
		"created_at": "2026-03-01T10:30:00+01:00", "updated_at": "2026-03-01T10:30:00+01:00"}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	s.wait(time.Minute)
	again := s.put(t, "my.hook-1", hookBody).want(http.StatusOK).object()
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, s.get(t, "/api/v1/hooks/my.hook-1/").want(http.StatusOK).object()); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	changed := s.put(t, "my.hook-1", `{"url":"http://10.0.0.9/","events":["*"],"ack":"report","report_within":"PT1H30M",
		"before":"P2D"}`).want(http.StatusOK).object()
	if changed["ack"] != "report" || changed["report_within"] != "PT1H30M" || changed["before"] != "PT48H" ||
		changed["updated_at"] != "2026-03-01T10:31:00+01:00" || changed["secret"] != nil {
		t.Errorf("changed: %v", changed)
	}
	entries, err := s.db.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindHooks})
	if err != nil || len(entries) != 2 || entries[1].Action != "create" || entries[0].Action != "update" ||
		entries[0].By.Name != "shared" || entries[0].By.Kind != namets.Program || entries[0].Subject != "my.hook-1" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

func TestHooks_refuseWhatIsWrong(t *testing.T) {
	s := newSite(t)
	const unprocessable = http.StatusUnprocessableEntity
	body := func(url string) string {
		b, _ := json.Marshal(map[string]any{"url": url, "events": []string{"*"}})
		return string(b)
	}
	for _, tt := range []struct {
		body   string
		places []string
	}{
		{`{}`, []string{"/url", "/events"}},
		{`{"url":"ftp://n8n/","events":["*","none"],"ack":"","report_within":"30m","before":"PT1S"}`,
			[]string{"/url", "/events/1", "/ack", "/report_within", "/before"}},
		{`{"url":"http://n8n/","events":["ping",5]}`, []string{"/events/1"}},
		{`{"url":"http://n8n/"}`, []string{"/events"}},
		{`{"url":"http://n8n/","events":[]}`, []string{"/events"}},
		{`{"url":"http://n8n/","events":["*","announcement_created"],"ack":"200","befor":"PT1H"}`,
			[]string{"/befor"}},
		{`{"url":"http://n8n/","events":null}`, []string{"/events"}},
		{`{"url":"http://n8n/","events":["*"],"report_within":"30m"}`, []string{"/report_within"}},
		{`{"url":"http://n8n/","events":["*"],"report_within":"PT"}`, []string{"/report_within"}},
		{`{"url":"http://n8n/","events":["*"],"report_within":"PT29S"}`, []string{"/report_within"}},
		{`{"url":"http://n8n/","events":["*"],"report_within":"PT0S"}`, []string{"/report_within"}},
		{`{"url":"http://n8n/","events":["*"],"report_within":"PT25H","before":"PT1S"}`,
			[]string{"/report_within", "/before"}},
		{`[1]`, []string{""}},
		{body("ftp://n8n/"), []string{"/url"}},
		{body("http://user:pw@n8n/"), []string{"/url"}},
		{body("http://n8n/#x"), []string{"/url"}},
		{body("http://n8n:0/"), []string{"/url"}},
		{body(`http://n8n\@169.254.169.254/`), []string{"/url"}},
		{body("http://169.254.169.254/latest"), []string{"/url"}},
		{body("http://169.254.169.254./latest"), []string{"/url"}},
		{body("http://[::ffff:a9fe:a9fe]/"), []string{"/url"}},
		{body("http://[64:ff9b::a9fe:a9fe]/"), []string{"/url"}},
		{body("http://[fd00:ec2::254]/"), []string{"/url"}},
		{body("http://[fe80::1%25eth0]/"), []string{"/url"}},
		{body("http://0.0.0.0:5678/"), []string{"/url"}},
		{body("http://[::]:5678/"), []string{"/url"}},
		{body("http://2852039166/"), []string{"/url"}},
		{body("http://0xa9fea9fe/"), []string{"/url"}},
		{body("http://0251.0376.0251.0376/"), []string{"/url"}},
		{body("http://metadata.example/"), []string{"/url"}},
		{body("http://METADATA.example.:80/"), []string{"/url"}},
	} {
		p := s.put(t, "k", tt.body).wantProblem(unprocessable, "invalid", tt.places...)
		if text := fmt.Sprint(p); strings.Contains(text, "169") || strings.Contains(text, "metadata.example") {
			t.Errorf("%s: the answer repeats what was sent: %s", tt.body, text)
		}
	}
	s.put(t, "k", `{"url":"http://n8n/","url":"http://n8n/","events":["*"]}`).
		wantProblem(http.StatusBadRequest, "malformed", "/url")
	s.put(t, "k", `{"url":`).wantProblem(http.StatusBadRequest, "malformed")
	s.put(t, "k", hookBody, "Content-Type", "text/plain").wantProblem(http.StatusUnsupportedMediaType, "media_type")
	s.put(t, "a@b", hookBody).wantProblem(unprocessable, "invalid", "key")
	s.put(t, strings.Repeat("k", 129), hookBody).wantProblem(unprocessable, "invalid", "key")
	s.put(t, "k?x=1", hookBody).wantProblem(unprocessable, "invalid", "x")
	s.get(t, "/api/v1/hooks/a@b").wantProblem(http.StatusNotFound, "not_found")
	s.call(t, http.MethodPost, "/api/v1/hooks/k", hookBody).wantProblem(http.StatusMethodNotAllowed, "method")
	s.put(t, "k", hookBody, "X-N8N-Token", "changes").wantProblem(http.StatusForbidden, "scope")
	s.put(t, "k", hookBody, "X-N8N-Token", "").wantProblem(http.StatusForbidden, "token")
	if list := s.get(t, "/api/v1/hooks").want(http.StatusOK).list(); len(list) != 1 {
		t.Errorf("something was stored: %v", list)
	}
}

func TestHooks_acceptAHostThatComesUpLater(t *testing.T) {
	s := newSite(t)
	created := s.put(t, "k", `{"url":"https://later.example/","events":["*"]}`).want(http.StatusCreated).object()
	if note, _ := created["note"].(string); !strings.Contains(note, "DNS does not know the host") {
		t.Errorf("created: %v", created)
	}
	if again := s.put(t, "k2", hookBody).want(http.StatusCreated).object(); again["note"] != nil {
		t.Errorf("a note about a host that is there: %v", again)
	}
}

func TestHooks_arePerToken(t *testing.T) {
	s := newSite(t)
	s.put(t, "k", hookBody).want(http.StatusCreated)
	s.get(t, "/api/v1/hooks/k", "X-N8N-Token", hooksOnly).wantProblem(http.StatusNotFound, "not_found")
	s.put(t, "k", `{"url":"http://10.0.0.9/secret/path","events":["*"]}`, "X-N8N-Token", hooksOnly).
		want(http.StatusCreated)
	lines := func(headers ...string) (list []string) {
		for _, h := range s.get(t, "/api/v1/hooks", headers...).want(http.StatusOK).list() {
			list = append(list, fmt.Sprint(h["key"], " ", h["token"], " ", h["url"]))
		}
		return list
	}
	want := []string{"<nil> shared https://legacy.example", "k shared http://127.0.0.1:5678/webhook/x",
		"k token 7 http://10.0.0.9"}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("the shared token sees (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"k n8n http://10.0.0.9/secret/path"}, lines("X-N8N-Token", hooksOnly)); diff != "" {
		t.Errorf("a named token sees (-want +got):\n%s", diff)
	}
	s.call(t, http.MethodDelete, "/api/v1/hooks/k", "", "X-N8N-Token", hooksOnly).want(http.StatusOK)
	if got := lines(); len(got) != 2 {
		t.Errorf("afterwards: %v", got)
	}
}

// TestHooks_ofPeopleNeedTheirScope checks that no hook names an event that its token never gets.
func TestHooks_ofPeopleNeedTheirScope(t *testing.T) {
	s := newSite(t)
	for event, of := range map[string]bool{"subscriber.joined": true, "subscriber.updated": true,
		"subscriber.left": true, "subscriber.confirmation": true, "subscriber.link": true, "message.sent": false,
		"event.published": false, "*": false} {
		body := fmt.Sprintf(`{"url":"http://n8n/","events":["ping",%q]}`, event)
		if event == "*" {
			body = `{"url":"http://n8n/","events":["*"]}`
		}
		refused := s.put(t, "k", body, "X-N8N-Token", hooksOnly)
		if !of {
			if refused.StatusCode >= 300 {
				t.Errorf("%s: %d %s", event, refused.StatusCode, refused.body)
			}
			continue
		}
		p := refused.wantProblem(http.StatusForbidden, "scope")
		if p.Detail != "The token lacks the scope people:read." {
			t.Errorf("%s: %s", event, p.Detail)
		}
		if ok := s.put(t, "p", body, "X-N8N-Token", hooksOnly+" people:read"); ok.StatusCode >= 300 {
			t.Errorf("%s with people:read: %d %s", event, ok.StatusCode, ok.body)
		}
	}
}

func TestHooks_areDeletedAndComeBack(t *testing.T) {
	s := newSite(t)
	first := s.put(t, "k", hookBody).want(http.StatusCreated).object()["secret"]
	gone := s.call(t, http.MethodDelete, "/api/v1/hooks/k", "").want(http.StatusOK).object()
	want := map[string]any{"outcome": "deleted", "key": "k", "held_until": "2026-03-02T10:30:00+01:00"}
	if diff := cmp.Diff(want, gone); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	want = map[string]any{"outcome": "absent", "key": "k", "held_until": nil}
	gone = s.call(t, http.MethodDelete, "/api/v1/hooks/k", "").want(http.StatusOK).object()
	if diff := cmp.Diff(want, gone); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
	s.get(t, "/api/v1/hooks/k").wantProblem(http.StatusNotFound, "not_found")
	s.call(t, http.MethodPost, "/api/v1/hooks/k/secret", "").wantProblem(http.StatusNotFound, "not_found")
	back := s.put(t, "k", hookBody).want(http.StatusCreated).object()
	if back["id"] != 1.0 || back["secret"] == first || back["secret"] == nil {
		t.Errorf("put back: %v", back)
	}
	replaced := s.call(t, http.MethodPost, "/api/v1/hooks/k/secret", "").want(http.StatusOK).object()["secret"]
	kept, err := s.db.HookSecret(t.Context(), 1)
	if err != nil || kept.Reveal() != replaced || replaced == back["secret"] {
		t.Errorf("the secret was not replaced: %v", err)
	}
}

func TestHooks_wakeUpWhenTheyRegister(t *testing.T) {
	s := newSite(t)
	s.put(t, "k", hookBody).want(http.StatusCreated)
	if err := s.db.PauseHook(t.Context(), namets.Actor{Kind: namets.System}, 1, "it answered 410 Gone"); err != nil {
		t.Fatal(err)
	}
	paused := s.get(t, "/api/v1/hooks/k").want(http.StatusOK).object()
	if paused["status"] != "paused" || paused["paused_reason"] != "it answered 410 Gone" || paused["paused_at"] == nil {
		t.Errorf("paused: %v", paused)
	}
	if woken := s.put(t, "k", hookBody).want(http.StatusOK).object(); woken["status"] != "active" {
		t.Errorf("woken: %v", woken)
	}
}

func TestHooks_racesOfRegistrationsCreateOne(t *testing.T) {
	s := newSite(t)
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() { statuses[i] = s.put(t, "k", hookBody).StatusCode })
	}
	wg.Wait()
	created := 0
	for _, status := range statuses {
		if status == http.StatusCreated {
			created++
		} else if status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	if created != 1 {
		t.Errorf("created %d times", created)
	}
}

func TestHooks_knowEveryType(t *testing.T) {
	s := newSite(t)
	for _, kind := range append(namets.EventTypes(), namets.AnyEvent) {
		s.put(t, "k", fmt.Sprintf(`{"url":"http://10.0.0.9/","events":[%q]}`, kind)).want(http.StatusOK + 1)
		s.call(t, http.MethodDelete, "/api/v1/hooks/k", "").want(http.StatusOK)
	}
}
