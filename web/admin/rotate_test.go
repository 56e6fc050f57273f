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
	"namets/internal/secret"
	"namets/internal/token"
	"namets/web/admin"
)

// rotateForm opens the form and returns its fields, as name, value, name, value.
func rotateForm(w *world) []string {
	w.Helper()
	var fields []string
	for _, input := range w.page(w.get(namets.Owner, "/admin/token/rotate"),
		http.StatusOK).All("main form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	return fields
}

// shown returns the token on a page.
func shown(w *world, rec *httptest.ResponseRecorder) string {
	w.Helper()
	return w.page(rec, http.StatusOK).One("#new-token").Text()
}

func TestToken_isRotatedAndShownOnce(t *testing.T) {
	for _, overlap := range []time.Duration{0, 10 * time.Minute} {
		t.Run(overlap.String(), func(t *testing.T) {
			var p location
			w := newWorld(t, inFile(t, &p, overlap))
			doc := w.page(w.get(namets.Owner, "/admin/token/rotate"), http.StatusOK)
			lead := doc.One("main ul").Text()
			if strict := strings.Contains(lead, "refused from that moment on"); strict != (overlap == 0) || !strict &&
				!strings.Contains(lead, "10 minutes") {
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
				t.Errorf("the page shows %q, the file contains %q: %s", next, p.read(t), p.ask(next))
			}
			if got, want := p.ask(firstToken),
				map[bool]string{true: "expired", false: "allowed"}[overlap == 0]; got != want {
				t.Errorf("the old token is %s", got)
			}
			facts := w.page(w.get(namets.Viewer, "/admin/token"), http.StatusOK).One("#token-facts").Text()
			if runs := strings.Contains(facts, "The previous token is also accepted until Fri 27 Feb 2026, 14:15 "+
				"(in 10 minutes)"); runs != (overlap > 0) {
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

// wantInNoRow fails if the database's files contain one of the tokens.
func wantInNoRow(w *world, tokens ...string) {
	w.Helper()
	copied := filepath.Join(w.TempDir(), "copy.db")
	w.must(w.db.Backup(w.Context(), copied))
	content, err := os.ReadFile(copied)
	w.must(err)
	for _, value := range tokens {
		if strings.Contains(string(content), value) {
			w.Errorf("the token %s is in the database", secret.New(value).Fingerprint())
		}
		if !strings.Contains(string(content), secret.New(value).Fingerprint()) {
			w.Errorf("the database does not name %s by its fingerprint", secret.New(value).Fingerprint())
		}
	}
}

func TestToken_isRotatedOnceByAFormThatIsSentTwice(t *testing.T) {
	var p location
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
	if got := w.follow(namets.Owner, rec, "/admin/token").One("main .notice.bad").Text(); !strings.Contains(got,
		"already created a token") {
		t.Errorf("got %q", got)
	}
	if p.read(t) != first || len(auditOf(w, "rotate")) != 1 {
		t.Error("the token was rotated twice")
	}
}

func TestToken_isNotRotatedIfTheFormShowedAnotherOne(t *testing.T) {
	var p location
	w := newWorld(t, inFile(t, &p, 0))
	mine, theirs := rotateForm(w), rotateForm(w)
	next := shown(w, w.post(namets.Owner, "/admin/token/rotate", theirs...))
	doc := w.page(w.post(namets.Owner, "/admin/token/rotate", mine...), http.StatusConflict)
	if got := doc.One("#faults").Text(); !strings.Contains(got, "The token has changed since") ||
		!strings.Contains(got, "Nothing was changed") {
		t.Errorf("got %q", got)
	}
	if p.read(t) != next {
		t.Error("the token was rotated")
	}
}

func TestToken_endsTheOverlapIfAskedTo(t *testing.T) {
	var p location
	w := newWorld(t, inFile(t, &p, time.Hour))
	next := shown(w, w.post(namets.Owner, "/admin/token/rotate", append(rotateForm(w), "now", "on")...))
	got, err := w.db.RevokedBefore(t.Context())
	if err != nil || got != secret.New(next).Fingerprint() {
		t.Errorf("the recorded fingerprint is %q, %v", got, err)
	}
	if rows := auditOf(w, "rotate"); len(rows) != 1 || !strings.Contains(rows[0], "refused at once") {
		t.Errorf("audit rows: %q", rows)
	}
}

// stubborn is a rotator whose writes fail, or report a failure although write stores the token.
type stubborn struct {
	err   error
	write func(value string) // nil: writes nothing
}

func (s *stubborn) Rotate(_ context.Context, next secret.Value, _ token.RotateOptions) (token.Rotation, error) {
	if s.write != nil {
		s.write(next.Reveal())
	}
	return token.Rotation{}, s.err
}

func TestToken_isShownIfItIsInForceAfterAnUncertainWrite(t *testing.T) {
	var p location
	rotator := &stubborn{err: fmt.Errorf("%w: write: %w", token.ErrUnavailable, token.ErrUncertain),
		write: func(value string) { p.write(t, value) }}
	w := newWorld(t, inFile(t, &p, 0), func(c *admin.Config) { c.System.Rotator = rotator })
	if next := shown(w, w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...)); p.ask(next) != "allowed" {
		t.Errorf("the page shows %q", next)
	}
}

func TestToken_isShownWithAWarningWhileItIsNotInForce(t *testing.T) {
	var p location
	rotator := &stubborn{} // it reports success without writing
	w := newWorld(t, inFile(t, &p, 0), func(c *admin.Config) { c.System.Rotator = rotator })
	doc := w.page(w.post(namets.Owner, "/admin/token/rotate", rotateForm(w)...), http.StatusOK)
	if got := doc.One(".notice.bad").Text(); !strings.Contains(got, "not in force yet") || doc.Has(".notice.good") ||
		!doc.Has("#new-token") {
		t.Errorf("got %q", got)
	}
}

func TestToken_saysWhyItWasNotRotated(t *testing.T) {
	var p location
	rotator := &stubborn{}
	w := newWorld(t, inFile(t, &p, 0), func(c *admin.Config) { c.System.Rotator = rotator })
	stays := "the token " + secret.New(firstToken).Fingerprint() + " is in force as before"
	for _, tt := range []struct {
		err    error
		status int
		want   []string
	}{
		{fmt.Errorf("%w: write secret/namets at vault: nobody answers", token.ErrUnavailable),
			http.StatusServiceUnavailable,
			[]string{"That did not work just now", "write secret/namets at vault: nobody answers", stays}},
		{fmt.Errorf("%w: write token file token: nothing was changed: the folder is read-only", token.ErrConfig),
			http.StatusConflict, []string{"cannot write", "the folder is read-only", stays}},
		{fmt.Errorf("%w: write: %w", token.ErrUnavailable, token.ErrUncertain), http.StatusServiceUnavailable,
			[]string{"not known whether"}},
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
			t.Errorf("the page claims that nothing was changed: %q", got)
		}
	}
	if p.read(t) != firstToken || p.ask(firstToken) != "allowed" || len(auditOf(w, "rotate")) != 0 {
		t.Error("the token has changed")
	}
}

func TestToken_isNotRotatedByAFormThatWaitedForASignIn(t *testing.T) {
	var p location
	w := newWorld(t, inFile(t, &p, 0))
	w.withPassword(namets.Owner, right)
	w.get(namets.Owner, "/test/sign-in/owner")
	form := rotateForm(w)
	w.now = w.now.Add(namets.SessionIdle)
	signIn := w.page(w.post(namets.Owner, "/admin/token/rotate", form...), http.StatusForbidden)
	fields := []string{"name", "owner", "password", right}
	for _, input := range signIn.All("main form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	again := w.page(w.post(namets.Owner, "/admin/login", fields...), http.StatusOK)
	if got := again.One("main").Text(); again.Has("blockquote") || !strings.Contains(got, "/admin/token/rotate") ||
		p.read(t) != firstToken {
		t.Errorf("got %q", got)
	}
	fields = nil
	for _, input := range again.All("main form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	if next := shown(w, w.post(namets.Owner, "/admin/token/rotate", fields...)); next != p.read(t) {
		t.Errorf("the page shows %q", next)
	}
}
