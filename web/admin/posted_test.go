package admin_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web/webtest"
)

// watch returns a function that reports whether the database was written since its last call.
func (w *world) watch() (written func() bool) {
	w.Helper()
	raw, err := sql.Open("sqlite", "file:"+w.path)
	w.must(err)
	raw.SetMaxOpenConns(1)
	w.Cleanup(func() { raw.Close() })
	last := -1
	return func() bool {
		var version int
		if err := raw.QueryRow("pragma data_version").Scan(&version); err != nil { //nolint:noctx // of a test
			panic(err) // a fuzz target must not use its F
		}
		changed := version != last
		last = version
		return changed
	}
}

// populated is a world with a row of each kind under the id 1 and a token that can be rotated.
func populated(t testing.TB, p *location) *world {
	w := newWorld(t, inFile(t, p, 0))
	for _, role := range namets.Roles() {
		w.withPassword(role, other)
		w.get(role, "/test/sign-in/"+string(role))
	}
	for target, form := range map[string][]string{
		"/admin/announcements":    announcementForm(),
		"/admin/events":           eventForm(),
		"/admin/event-categories": {"name", "Meals"},
		"/admin/patrons":          patronForm(),
		"/admin/subscribers":      {"email", "amina@example.org", "is_active", "on"},
		"/admin/prayer-times":     dayForm(1, "05:30"),
	} {
		if rec := w.post(namets.Editor, target, form...); rec.Code != http.StatusSeeOther {
			t.Fatalf("%s: got %d\n%s", target, rec.Code, rec.Body)
		}
	}
	w.fail(1)
	return w
}

// forms returns the patterns of all routes that take a form, according to the router.
func (w *world) forms() (list []string) {
	w.Helper()
	e := echo.New()
	w.admin.Mount(e)
	for _, r := range e.Routes() {
		switch r.Method {
		case http.MethodPost:
			list = append(list, r.Path)
		case http.MethodGet:
		default:
			w.Errorf("%s %s", r.Method, r.Path)
		}
	}
	return list
}

// everything are the fields of all forms together, so that every route finds what it needs.
func everything() url.Values {
	form := url.Values{}
	for _, list := range [][]string{announcementForm(), eventForm(), patronForm(), dayForm(1, "05:31"), {
		"email", "b@example.org", "once", "1", "current", "", "revision", "1", "role", "viewer", "sessions", "all",
		"state", "dead", "place", "1",
		"action", "delete", "ids", "1", "step", "import", "table", "email\nc@example.org\n", "subject", "S",
		"body", "B", "whom", "everyone",
		"password", right, "repeat-password", right, "current-password", right, "decide", "skip",
	}} {
		for i := 0; i < len(list); i += 2 {
			form.Set(list[i], list[i+1])
		}
	}
	form.Set("name", "editor")
	return form
}

func TestForms_doNothingIfTheBodyIsMalformed(t *testing.T) {
	var p location
	w := populated(t, &p)
	secret, err := w.accounts.Reset(t.Context(), namets.Actor{}, w.users[namets.Viewer].ID, time.Hour)
	w.must(err)
	written := w.watch()
	written()
	forms := w.forms()
	if len(forms) < 40 {
		t.Fatalf("the router has %d forms", len(forms))
	}
	for _, pattern := range forms {
		target := strings.ReplaceAll(targetWith(pattern, "1"), "/welcome/1", "/welcome/"+secret)
		for _, f := range webtest.BrokenForms(everything()) {
			// The query must not count.
			req := f.Request("http://namets.example" + target + "?" + everything().Encode())
			rec := w.serve(namets.Owner, req)
			if rec.Code != http.StatusBadRequest && rec.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s, %s: got %d", pattern, f.Name, rec.Code)
			}
			if written() || p.read(t) != firstToken {
				t.Fatalf("%s, %s: something was written", pattern, f.Name)
			}
		}
	}
}

// harmless are the forms without fields: their changes do no harm.
func harmless() []string {
	return []string{
		"/admin/logout",                                         // only this browser
		"/admin/settings/backup",                                // another copy
		"/admin/settings/download",                              // an entry in the activity
		"/admin/deliveries/test", "/admin/deliveries/:id/retry", // a retry by hand, one at a time
		"/admin/token/reload",
	}
}

func TestForms_doNothingIfTheyAreEmpty(t *testing.T) {
	var p location
	w := populated(t, &p)
	secret, err := w.accounts.Reset(t.Context(), namets.Actor{}, w.users[namets.Viewer].ID, time.Hour)
	w.must(err)
	written := w.watch()
	written()
	for _, pattern := range w.forms() {
		if slices.Contains(harmless(), pattern) {
			continue
		}
		for _, id := range []string{"1", "2", "3"} {
			target := strings.ReplaceAll(targetWith(pattern, id), "/welcome/"+id, "/welcome/"+secret)
			// Parameters of the query are not fields of the form.
			rec := w.post(namets.Owner, target+"?"+everything().Encode())
			if rec.Code >= 500 {
				t.Errorf("%s: got %d", pattern, rec.Code)
			}
			if pattern != "/admin/login" && written() || p.read(t) != firstToken {
				t.Errorf("%s: something was written; status %d", target, rec.Code)
			}
			written()
		}
	}
}

func TestDemands_nameExistingRoutes(t *testing.T) {
	w := newWorld(t)
	forms := w.forms()
	for _, r := range w.admin.Routes() {
		if r.Demands != nil && !slices.Contains(forms, r.Path) {
			t.Errorf("there is no form at %s", r.Path)
		}
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/delete") && r.Demands == nil {
			t.Errorf("%s deletes with an empty form", r.Path)
		}
	}
}

func FuzzForms(f *testing.F) {
	for i, b := range webtest.BrokenForms(everything()) {
		f.Add(uint8(i), uint8(i), b.Kind, []byte(b.Body), b.Cut)
	}
	for i := range 60 {
		f.Add(uint8(i), uint8(3), "application/x-www-form-urlencoded", []byte(everything().Encode()), false)
	}
	var p location
	w := populated(f, &p)
	forms, written := w.forms(), w.watch()
	roles := append(namets.Roles(), "")
	f.Fuzz(func(t *testing.T, which, who uint8, kind string, body []byte, cut bool) {
		w.TB = t
		defer func() { w.TB = f }()
		role, pattern := roles[int(who)%len(roles)], forms[int(which)%len(forms)]
		w.now = w.now.Add(time.Hour)
		if role != "" && w.users[role].ID != 0 {
			w.get(role, "/test/sign-in/"+string(role))
		}
		written()
		rec := w.serve(role, webtest.BrokenForm{Kind: kind, Body: string(body),
			Cut: cut}.Request("http://namets.example"+targetWith(pattern, "1")))
		if rec.Code >= 500 && rec.Code != http.StatusServiceUnavailable {
			t.Fatalf("%s: got %d", pattern, rec.Code)
		}
		switch rec.Code {
		case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge,
			http.StatusUnprocessableEntity, http.StatusNotFound:
			if written() {
				t.Errorf("%s: got %d, and something was written", pattern, rec.Code)
			}
		case http.StatusSeeOther:
			if role == "" && pattern != "/admin/login" && written() {
				t.Errorf("%s: a request without a session has written something", pattern)
			}
		}
	})
}
