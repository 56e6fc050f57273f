package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/token"
	"namets/web/admin"
)

const firstToken = "4e1d9b7c2a6f4830b5c8d7e6f1a2b3c4"

// place is where the token of a test stands.
type place struct {
	path   string
	source *token.Source
}

// inFile keeps the API token in a file, with an overlap.
func inFile(t *testing.T, p *place, overlap time.Duration) func(*admin.Config) {
	return func(c *admin.Config) {
		p.path = filepath.Join(t.TempDir(), "token")
		p.write(t, firstToken)
		p.source = token.New(token.Config{Provider: token.NewFile(p.path), Name: "file", Overlap: overlap, Now: c.Now})
		if err := p.source.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Token, c.Rotator, c.TokenPlace, c.TokenOverlap = p.source, token.NewFileRotator(p.path), "The file "+p.path, overlap
		c.WebhookKeys = func() []token.Secret { return []token.Secret{token.NewSecret("a webhook secret")} }
	}
}

func (p *place) write(t *testing.T, value string) {
	t.Helper()
	if err := os.WriteFile(p.path, []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *place) read(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(p.path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

// ask makes a request of n8n with the token and says what becomes of it.
func (p *place) ask(value string) string {
	verdict := p.source.Check([]string{value})
	verdict.Sample("203.0.113.7", "n8n/2.1")
	return verdict.Reason()
}

// rotateForm opens the form and returns its fields, as name, value, name, value.
func rotateForm(w *world) []string {
	w.Helper()
	var fields []string
	for _, input := range w.page(w.get(namets.Owner, "/admin/token/rotate"), http.StatusOK).All("main form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	return fields
}

// shown returns the token that a page shows.
func shown(w *world, rec *httptest.ResponseRecorder) string {
	w.Helper()
	return w.page(rec, http.StatusOK).One("#new-token").Text()
}

func TestToken_showsHowItStands(t *testing.T) {
	var p place
	w := newWorld(t, inFile(t, &p, time.Hour))
	p.ask(firstToken)
	p.ask("")
	p.ask("some-other-token-0123")
	second := shown(w, w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...))
	p.ask(second)
	w.now = w.now.Add(2 * time.Hour) // the overlap is over
	p.ask(firstToken)
	for _, role := range namets.Roles() {
		doc := w.page(w.get(role, "/admin/token"), http.StatusOK)
		facts, main := doc.One("#token-facts").Text(), doc.One("main").Text()
		for _, want := range []string{
			"works", p.path, token.NewSecret(second).Fingerprint() + " since Fri 27 Feb 2026, 14:05 (2 hours ago)", token.NewSecret("a webhook secret").Fingerprint(),
		} {
			if !strings.Contains(facts, want) {
				t.Errorf("%s: %q is not in %s", role, want, facts)
			}
		}
		old := token.NewSecret(firstToken).Fingerprint()
		for _, want := range []string{"203.0.113.7", "n8n/2.1", "No token at all1", "A token that never was in force1",
			"The token " + old + ", which was in force until Fri 27 Feb 2026, 15:05 (1 hour ago)1"} {
			if !strings.Contains(main, want) {
				t.Errorf("%s: %q is not in %s", role, want, main)
			}
		}
		if strings.Contains(main, firstToken) || strings.Contains(main, second) {
			t.Errorf("%s sees a token", role)
		}
		if has := doc.Has("form[action=/admin/token/reload]") && doc.Has("main a[href=/admin/token/rotate]"); has != (role == namets.Owner) {
			t.Errorf("%s: buttons %t", role, has)
		}
	}
}

func TestToken_saysInPlainWordsWhatIsWrong(t *testing.T) {
	var p place
	w := newWorld(t, inFile(t, &p, 0))
	w.must(os.Remove(p.path))
	doc := w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/reload"), "/admin/token")
	if got := doc.One("main .notice.bad").Text(); !strings.Contains(got, "gave no token") {
		t.Errorf("got %q", got)
	}
	if got := doc.One("main section.notice").Text(); !strings.Contains(got, "cannot be read at this moment") || !strings.Contains(got, "no such file") {
		t.Errorf("got %q", got)
	}
	if got := doc.One("#token-facts").Text(); !strings.Contains(got, "degraded") || !strings.Contains(got, token.NewSecret(firstToken).Fingerprint()) {
		t.Errorf("got %q", got)
	}
	if got := w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK).All("a[href=/admin/token]"); len(got) < 2 {
		t.Error("the overview does not lead there")
	}
	p.write(t, "short")
	doc = w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/reload"), "/admin/token")
	if got := doc.One("main section.notice").Text(); !strings.Contains(got, "cannot be the token") {
		t.Errorf("got %q", got)
	}
	p.write(t, "b71e5f0c9d2a4836ae4c1b0d7f6e5a48")
	doc = w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/reload"), "/admin/token")
	if got := doc.One("main .notice.good").Text(); !strings.Contains(got, "another one is in force") || doc.Has("main section.notice") {
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

// auditOf returns the reasons in the owner's audit rows with the action on the token.
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

func TestToken_isRotatedAndShownOnce(t *testing.T) {
	for _, overlap := range []time.Duration{0, 10 * time.Minute} {
		t.Run(overlap.String(), func(t *testing.T) {
			var p place
			w := newWorld(t, inFile(t, &p, overlap))
			doc := w.page(w.get(namets.Owner, "/admin/token/rotate"), http.StatusOK)
			lead := doc.One("main ul").Text()
			if strict := strings.Contains(lead, "refused from that moment on"); strict != (overlap == 0) || !strict && !strings.Contains(lead, "10 minutes") {
				t.Errorf("got %q", lead)
			}
			form := rotateForm(w)
			rec := w.post(namets.Owner, "/admin/token/rotate", form...)
			made := w.page(rec, http.StatusOK)
			next, steps := made.One("#new-token").Text(), made.One("main").Text()
			if got := rec.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %q", got)
			}
			if next != p.read(t) || next == firstToken || p.ask(next) != "allowed" {
				t.Errorf("it shows %q, the file holds %q: %s", next, p.read(t), p.ask(next))
			}
			if got, want := p.ask(firstToken), map[bool]string{true: "expired", false: "allowed"}[overlap == 0]; got != want {
				t.Errorf("the old one is %s", got)
			}
			facts := w.page(w.get(namets.Viewer, "/admin/token"), http.StatusOK).One("#token-facts").Text()
			if runs := strings.Contains(facts, "The token before is accepted too until Fri 27 Feb 2026, 14:15 (in 10 minutes)"); runs != (overlap > 0) {
				t.Errorf("got %q", facts)
			}
			for _, want := range []string{"Header Auth", "X-N8N-Token", "namets token push", "only this once"} {
				if !strings.Contains(steps, want) {
					t.Errorf("%q is not in %s", want, steps)
				}
			}
			for _, path := range []string{"/admin/token", "/admin/token/rotate", "/admin/activity", "/admin/"} {
				if body := w.get(namets.Owner, path).Body.String(); strings.Contains(body, next) {
					t.Errorf("%s shows it again", path)
				}
			}
			if rows := auditOf(w, "rotate"); len(rows) != 1 {
				t.Errorf("audit rows: %q", rows)
			}
			wantInNoRow(w, next, firstToken)
		})
	}
}

// wantInNoRow looks for the tokens in the database's files.
func wantInNoRow(w *world, tokens ...string) {
	w.Helper()
	copied := filepath.Join(w.TempDir(), "copy.db")
	w.must(w.db.Backup(w.Context(), copied))
	content, err := os.ReadFile(copied)
	w.must(err)
	for _, value := range tokens {
		if strings.Contains(string(content), value) {
			w.Errorf("the token %s stands in the database", token.NewSecret(value).Fingerprint())
		}
		if !strings.Contains(string(content), token.NewSecret(value).Fingerprint()) {
			w.Errorf("the database does not tell of %s by its fingerprint", token.NewSecret(value).Fingerprint())
		}
	}
}

func TestToken_isRotatedOnceByAFormThatIsSentTwice(t *testing.T) {
	var p place
	w := newWorld(t, inFile(t, &p, 0))
	form := rotateForm(w)
	first := shown(w, w.post(namets.Owner, "/admin/token/rotate", form...))
	if again := shown(w, w.post(namets.Owner, "/admin/token/rotate", form...)); again != first {
		t.Error("a double click shows another token")
	}
	w.now = w.now.Add(3 * time.Second)
	rec := w.post(namets.Owner, "/admin/token/rotate", form...)
	if strings.Contains(rec.Body.String(), first) {
		t.Error("the token is shown again")
	}
	if got := w.follow(namets.Owner, rec, "/admin/token").One("main .notice.bad").Text(); !strings.Contains(got, "made a token already") {
		t.Errorf("got %q", got)
	}
	if p.read(t) != first || len(auditOf(w, "rotate")) != 1 {
		t.Error("it was rotated twice")
	}
}

func TestToken_isNotRotatedOverOneThatTheFormDidNotShow(t *testing.T) {
	var p place
	w := newWorld(t, inFile(t, &p, 0))
	mine, theirs := rotateForm(w), rotateForm(w)
	next := shown(w, w.post(namets.Owner, "/admin/token/rotate", theirs...))
	doc := w.page(w.post(namets.Owner, "/admin/token/rotate", mine...), http.StatusConflict)
	if got := doc.One("#faults").Text(); !strings.Contains(got, "Another token is in force by now") || !strings.Contains(got, "Nothing was changed") {
		t.Errorf("got %q", got)
	}
	if p.read(t) != next {
		t.Error("it was rotated")
	}
}

func TestToken_endsTheOverlapWhenAskedTo(t *testing.T) {
	var p place
	w := newWorld(t, inFile(t, &p, time.Hour))
	next := shown(w, w.post(namets.Owner, "/admin/token/rotate", append(rotateForm(w), "now", "on")...))
	got, err := w.db.RevokedBefore(t.Context())
	if err != nil || got != token.NewSecret(next).Fingerprint() {
		t.Errorf("noted is %q, %v", got, err)
	}
	if rows := auditOf(w, "rotate"); len(rows) != 1 || !strings.Contains(rows[0], "refused at once") {
		t.Errorf("audit rows: %q", rows)
	}
}

// stubborn is a place that does not take a token, or says so although write takes it.
type stubborn struct {
	err   error
	write func(value string) // nil: nothing is written
}

func (s *stubborn) Rotate(_ context.Context, next token.Secret, _ token.RotateOptions) (token.Rotation, error) {
	if s.write != nil {
		s.write(next.Reveal())
	}
	return token.Rotation{}, s.err
}

func TestToken_isShownWhenItIsInForceAfterAnUnclearAnswer(t *testing.T) {
	var p place
	rotator := &stubborn{err: fmt.Errorf("%w: write: %w", token.ErrUnavailable, token.ErrUncertain), write: func(value string) { p.write(t, value) }}
	w := newWorld(t, inFile(t, &p, 0), func(c *admin.Config) { c.Rotator = rotator })
	if next := shown(w, w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...)); p.ask(next) != "allowed" {
		t.Errorf("it shows %q", next)
	}
}

func TestToken_isShownWithAWarningWhileItIsNotInForce(t *testing.T) {
	var p place
	rotator := &stubborn{} // it claims to have written
	w := newWorld(t, inFile(t, &p, 0), func(c *admin.Config) { c.Rotator = rotator })
	doc := w.page(w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...), http.StatusOK)
	if got := doc.One(".notice.bad").Text(); !strings.Contains(got, "not in force yet") || doc.Has(".notice.good") || !doc.Has("#new-token") {
		t.Errorf("got %q", got)
	}
}

func TestToken_saysWhatKeptItFromBeingRotated(t *testing.T) {
	var p place
	rotator := &stubborn{}
	w := newWorld(t, inFile(t, &p, 0), func(c *admin.Config) { c.Rotator = rotator })
	stays := "the token " + token.NewSecret(firstToken).Fingerprint() + " is in force as before"
	for _, tt := range []struct {
		err    error
		status int
		want   []string
	}{
		{fmt.Errorf("%w: write secret/namets at vault: nobody answers", token.ErrUnavailable), http.StatusServiceUnavailable, []string{"not possible just now", "write secret/namets at vault: nobody answers", stays}},
		{fmt.Errorf("%w: write token file token: nothing was changed: the folder is read-only", token.ErrConfig), http.StatusConflict, []string{"cannot write", "the folder is read-only", stays}},
		{fmt.Errorf("%w: write: %w", token.ErrUnavailable, token.ErrUncertain), http.StatusServiceUnavailable, []string{"not known whether"}},
	} {
		rotator.err = tt.err
		form := rotateForm(w)
		got := w.page(w.post(namets.Owner, "/admin/token/rotate", form...), tt.status).One("#faults").Text()
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in %q", want, got)
			}
		}
		if errors.Is(tt.err, token.ErrUncertain) && strings.Contains(got, "Nothing was changed") {
			t.Errorf("it claims too much: %q", got)
		}
	}
	if p.read(t) != firstToken || p.ask(firstToken) != "allowed" || len(auditOf(w, "rotate")) != 0 {
		t.Error("something has changed")
	}
}

func TestToken_isRotatedAtItsHostWhenItStandsInTheEnvironment(t *testing.T) {
	w := newWorld(t)
	doc := w.page(w.get(namets.Owner, "/admin/token"), http.StatusOK)
	if doc.Has("main form") || doc.Has("a[href=/admin/token/rotate]") {
		t.Error("it offers what does not work")
	}
	text := doc.One("#host").Text()
	for _, want := range []string{"fly secrets set N8N_API_TOKEN=", "Environment → N8N_API_TOKEN → Edit"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	for _, ask := range []func() *httptest.ResponseRecorder{
		func() *httptest.ResponseRecorder { return w.get(namets.Owner, "/admin/token/rotate") },
		func() *httptest.ResponseRecorder { return w.post(namets.Owner, "/admin/token/rotate") },
	} {
		if got := w.follow(namets.Owner, ask(), "/admin/token").One(".notice.bad").Text(); !strings.Contains(got, "only the host can change") {
			t.Errorf("got %q", got)
		}
	}
}

func TestOverview_warnsOfAnN8NThatStillSendsTheTokenBefore(t *testing.T) {
	var p place
	w := newWorld(t, inFile(t, &p, 0))
	p.ask(firstToken)
	next := shown(w, w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...))
	warned := func() bool {
		return strings.Contains(w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK).One("main").Text(), "still sends the API token")
	}
	if warned() {
		t.Error("nobody has sent anything yet")
	}
	p.ask(firstToken)
	if !warned() {
		t.Error("it does not warn")
	}
	p.ask(next)
	if warned() {
		t.Error("n8n has the new one")
	}
}
