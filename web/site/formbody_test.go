package site_test

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web/webtest"
)

// watch returns a function that says whether anything was written into the database since it was
// last called.
func (w *world) watch() (written func() bool) {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+w.path)
	w.must(err)
	raw.SetMaxOpenConns(1)
	w.t.Cleanup(func() { raw.Close() })
	last := -1
	return func() bool {
		var version int
		if err := raw.QueryRow("pragma data_version").Scan(&version); err != nil { //nolint:noctx // of a test
			panic(err) // a fuzz target must not call the F that has made it
		}
		changed := version != last
		last = version
		return changed
	}
}

// forms returns the address of every form that the router knows, with the two personal links in
// the place of parameters.
func (w *world) forms(token namets.UUID, confirm string) (list []string) {
	w.t.Helper()
	e := echo.New()
	w.site.Mount(e)
	for _, r := range e.Routes() {
		if r.Method == http.MethodPost {
			path := strings.ReplaceAll(r.Path, ":token", token.String())
			secret := strings.TrimSuffix(strings.TrimPrefix(confirm, namets.ConfirmPath), "/")
			list = append(list, strings.ReplaceAll(path, ":secret", secret))
		}
	}
	return list
}

func TestForms_doNothingWhenTheBodyIsBroken(t *testing.T) {
	w := newWorld(t, setting{})
	token := w.subscriber("a@example.org").Token
	w.post(subscribe, "email", "b@example.org")
	targets := w.forms(token, w.link())
	if len(targets) != 12 {
		t.Fatalf("the router knows %d forms: %q", len(targets), targets)
	}
	written := w.watch()
	written()
	sound := url.Values{"email": {"c@example.org"}, "notify_events": {"on"}, "List-Unsubscribe": {"One-Click"},
		"never": {"yes"}}
	for _, target := range targets {
		for _, f := range webtest.BrokenForms(sound) {
			if f.Kind == "" && f.Body == "" {
				continue // the empty form, see TestLeave_worksWithoutABody
			}
			rec := w.serve(f.Request("http://namets.example" + target + "?" + sound.Encode()))
			if rec.Code != http.StatusBadRequest && rec.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s, %s: got %d", target, f.Name, rec.Code)
			}
			if written() {
				t.Errorf("%s, %s: something was written", target, f.Name)
			}
		}
	}
	// The same forms whole, so that it was the bodies that kept them from doing anything
	for _, target := range targets {
		if strings.HasSuffix(strings.TrimSuffix(target, "/"), "/never") {
			continue // it ends the link that the others use, see TestConfirm_offersNeverToWriteAgain
		}
		if rec := w.do("POST", target, sound.Encode()); rec.Code >= 400 &&
			!strings.HasPrefix(target, "/communications/preferences/") {
			t.Errorf("%s: got %d", target, rec.Code)
		}
	}
}

func TestLeave_worksWithoutABody(t *testing.T) {
	w := newWorld(t, setting{})
	token := w.subscriber("a@example.org").Token
	written := w.watch()
	written()
	empty := webtest.BrokenForm{}
	rec := w.serve(empty.Request("http://namets.example" + namets.UnsubscribePath + token.String() + "/"))
	if rec.Code != http.StatusSeeOther || !written() {
		t.Errorf("got %d, want the subscriber to have left", rec.Code)
	}
	rec = w.serve(empty.Request("http://namets.example" + subscribe + "?email=b@example.org"))
	if rec.Code != http.StatusUnprocessableEntity || written() {
		t.Errorf("subscribing: got %d", rec.Code)
	}
}

func (w *world) serve(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func FuzzForms(f *testing.F) {
	for i, b := range webtest.BrokenForms(url.Values{"email": {"c@example.org"}}) {
		f.Add(uint8(i), b.Kind, []byte(b.Body), b.Cut)
	}
	f.Add(uint8(0), "application/x-www-form-urlencoded", []byte("email=c%40example.org&notify_events=on"), false)
	w := newWorld(f, setting{})
	token := w.subscriber("a@example.org").Token
	w.post(subscribe, "email", "b@example.org")
	targets, written := w.forms(token, w.link()), w.watch()
	f.Fuzz(func(t *testing.T, which uint8, kind string, body []byte, cut bool) {
		w.step(time.Hour)
		written()
		target := targets[int(which)%len(targets)]
		rec := w.serve(webtest.BrokenForm{Kind: kind, Body: string(body), Cut: cut}.Request("http://namets.example" +
			target))
		if rec.Code >= 500 {
			t.Fatalf("%s: got %d", target, rec.Code)
		}
		if rec.Code >= 400 && written() {
			t.Errorf("%s: got %d, and something was written", target, rec.Code)
		}
	})
}
