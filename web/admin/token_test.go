package admin_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/web/admin"
)

const firstToken = "4e1d9b7c2a6f4830b5c8d7e6f1a2b3c4"

// location is the location of a test's token.
type location struct {
	path   string
	source *token.Source
}

// inFile is an API token in a file, with an overlap.
func inFile(t testing.TB, p *location, overlap time.Duration) func(*admin.Config) {
	return func(c *admin.Config) {
		p.path = filepath.Join(t.TempDir(), "token")
		p.write(t, firstToken)
		p.source = token.New(token.Config{Provider: token.NewFile(p.path), Name: "file", Overlap: overlap,
			Now: c.Page.Now})
		if err := p.source.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := &c.System
		s.Token, s.Rotator, s.TokenLocation, s.TokenOverlap = p.source, token.NewFileRotator(p.path), "The file "+
			p.path, overlap
		s.RotationWait = time.Second
		s.WebhookKeys = func() []secret.Value { return []secret.Value{secret.New("a webhook secret")} }
	}
}

func (p *location) write(t testing.TB, value string) {
	t.Helper()
	if err := os.WriteFile(p.path, []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *location) read(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile(p.path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

// ask makes a request of n8n with the token and returns the result.
func (p *location) ask(value string) string {
	verdict := p.source.Check([]string{value})
	verdict.Sample("203.0.113.7", "n8n/2.1")
	return verdict.Reason()
}

func TestToken_showsItsState(t *testing.T) {
	var p location
	w := newWorld(t, inFile(t, &p, time.Hour))
	p.ask(firstToken)
	p.ask("")
	p.ask("some-other-token-0123")
	second := shown(w, w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...))
	p.ask(second)
	w.now = w.now.Add(2 * time.Hour) // the overlap has ended
	p.ask(firstToken)
	for _, role := range namets.Roles() {
		doc := w.page(w.get(role, "/admin/token"), http.StatusOK)
		facts, main := doc.One("#token-facts").Text(), doc.One("main").Text()
		for _, want := range []string{
			"works", p.path, secret.New(second).Fingerprint() + " since Fri 27 Feb 2026, 14:05 (2 hours ago)",
			secret.New("a webhook secret").Fingerprint(),
		} {
			if !strings.Contains(facts, want) {
				t.Errorf("%s: %q is not in %s", role, want, facts)
			}
		}
		old := secret.New(firstToken).Fingerprint()
		for _, want := range []string{"203.0.113.7", "n8n/2.1", "No token at all1", "A token that was never in force1",
			"The token " + old + ", which was in force until Fri 27 Feb 2026, 15:05 (1 hour ago)1"} {
			if !strings.Contains(main, want) {
				t.Errorf("%s: %q is not in %s", role, want, main)
			}
		}
		if strings.Contains(main, firstToken) || strings.Contains(main, second) {
			t.Errorf("%s sees a token", role)
		}
		if has := doc.Has("form[action=/admin/token/reload]") &&
			doc.Has("main a[href=/admin/token/rotate]"); has != (role == namets.Owner) {
			t.Errorf("%s: buttons %t", role, has)
		}
	}
}

func TestToken_explainsProblems(t *testing.T) {
	var p location
	w := newWorld(t, inFile(t, &p, 0))
	w.must(os.Remove(p.path))
	doc := w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/reload"), "/admin/token")
	if got := doc.One("main .notice.bad").Text(); !strings.Contains(got, "returned no token") {
		t.Errorf("got %q", got)
	}
	if got := doc.One("main section.notice").Text(); !strings.Contains(got, "cannot be read at this moment") ||
		!strings.Contains(got, "no such file") {
		t.Errorf("got %q", got)
	}
	if got := doc.One("#token-facts").Text(); !strings.Contains(got, "degraded") ||
		!strings.Contains(got, secret.New(firstToken).Fingerprint()) {
		t.Errorf("got %q", got)
	}
	if got := w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK).All("a[href=/admin/token]"); len(got) < 2 {
		t.Error("the overview does not link to the page")
	}
	p.write(t, "short")
	doc = w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/reload"), "/admin/token")
	if got := doc.One("main section.notice").Text(); !strings.Contains(got, "is not a valid token") {
		t.Errorf("got %q", got)
	}
	p.write(t, "b71e5f0c9d2a4836ae4c1b0d7f6e5a48")
	doc = w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/reload"), "/admin/token")
	if got := doc.One("main .notice.good").Text(); !strings.Contains(got, "another one is in force") ||
		doc.Has("main section.notice") {
		t.Errorf("got %q", got)
	}
	want := map[string]bool{"the source could not be read": false, "the source delivers another token": false}
	for _, row := range auditOf(w, "reload") {
		want[row] = true
	}
	for reason, seen := range want {
		if !seen {
			t.Errorf("no audit row says %q", reason)
		}
	}
}

// auditOf returns the reasons of the owner's audit rows with the action on the token.
func auditOf(w *world, action string) (reasons []string) {
	w.Helper()
	rows, err := w.db.Activity(w.Context(), namets.AuditFilter{Entity: "token", Actor: "owner"})
	w.must(err)
	for _, row := range rows {
		if row.Action == action && row.By.Address != "" {
			reasons = append(reasons, row.Reason)
		}
	}
	return reasons
}

func TestToken_isRotatedAtTheHostIfItIsInTheEnvironment(t *testing.T) {
	w := newWorld(t)
	doc := w.page(w.get(namets.Owner, "/admin/token"), http.StatusOK)
	if doc.Has("main form[action=/admin/token/reload]") || doc.Has("a[href=/admin/token/rotate]") {
		t.Error("the page has a button that does not work")
	}
	text := doc.One("#host").Text()
	for _, want := range []string{"fly secrets set N8N_API_TOKEN=", "Environment → N8N_API_TOKEN → Edit"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	for _, ask := range []func() *httptest.ResponseRecorder{
		func() *httptest.ResponseRecorder { return w.get(namets.Owner, "/admin/token/rotate") },
		func() *httptest.ResponseRecorder {
			return w.post(namets.Owner, "/admin/token/rotate", "once", "1", "current", "")
		},
	} {
		if got := w.follow(namets.Owner, ask(), "/admin/token").One(".notice.bad").Text(); !strings.Contains(got,
			"only the host can change") {
			t.Errorf("got %q", got)
		}
	}
}

func TestOverview_warnsIfN8NStillSendsThePreviousToken(t *testing.T) {
	var p location
	w := newWorld(t, inFile(t, &p, 0))
	p.ask(firstToken)
	next := shown(w, w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...))
	warned := func() bool {
		return strings.Contains(w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK).One("main").Text(),
			"still sends the API token")
	}
	if warned() {
		t.Error("a warning before any request")
	}
	p.ask(firstToken)
	if !warned() {
		t.Error("no warning")
	}
	p.ask(next)
	if warned() {
		t.Error("a warning although n8n sends the new token")
	}
}
