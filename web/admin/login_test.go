package admin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/web/admin/people"
)

// The passwords of these tests.
const (
	right = "lantern otter gravel moss"
	other = "seventeen blue bicycles"
)

// withPassword sets the password of the role's user.
func (w *world) withPassword(role namets.Role, password string) {
	w.Helper()
	secret, err := w.accounts.Reset(w.Context(), namets.Actor{}, w.users[role].ID, time.Hour)
	w.must(err)
	w.follow("setting "+role, w.post("setting "+role, people.WelcomePath+secret, "password", password,
		"repeat-password",
		password), "/admin/")
}

func TestLogin_redirectsToTheRequestedPage(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Editor, right)
	rec := w.get("", "/admin/account?a=b")
	login := rec.Header().Get("Location")
	doc := w.page(w.get("", login), http.StatusOK)
	next := doc.One("input[name=next]").Attr("value")
	if next != "/admin/account?a=b" {
		t.Errorf("got next %q", next)
	}
	w.follow("", w.post("", "/admin/login", "name", "editor", "password", right, "next", next), next)
	if rec := w.get("", login); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != next {
		t.Errorf("already signed in: status %d, Location %q", rec.Code, rec.Header().Get("Location"))
	}
}

func TestLogin_showsTheProblemAndKeepsTheName(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Editor, right)
	doc := w.page(w.post("", "/admin/login", "name", `"><b>editor`, "password", other), http.StatusForbidden)
	if got := doc.One("input[name=name]").Attr("value"); got != `"><b>editor` {
		t.Errorf("got name %q", got)
	}
	if got := doc.One("input[name=password]").Attr("value"); got != "" {
		t.Errorf("the form contains the password: %q", got)
	}
	if !strings.Contains(doc.One("[role=alert]").Text(), "is wrong") {
		t.Error("the page does not show the problem")
	}
	for range 10 {
		w.post("", "/admin/login", "name", "editor", "password", other)
	}
	rec := w.post("", "/admin/login", "name", "editor", "password", right)
	w.page(rec, http.StatusTooManyRequests)
	if rec.Header().Get("Retry-After") == "" {
		t.Error("the Retry-After header is missing")
	}
	w.now = w.now.Add(time.Minute)
	w.follow("", w.post("", "/admin/login", "name", "editor", "password", right), "/admin/")
}

func TestLogin_savesTheFormIfTheSessionHasEnded(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, right)
	w.now = w.now.Add(namets.SessionIdle)
	long := strings.Repeat("A long text, typed on a phone.\r\n", 40)
	doc := w.page(w.post(namets.Owner, "/admin/users", "name", long, "role", "editor", "odd.name", "1", "odd.name",
		"2"), http.StatusForbidden)
	fields := []string{"name", "owner", "password", "a wrong one"}
	for _, input := range doc.All("form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	// A wrong password does not lose the form either
	doc = w.page(w.post(namets.Owner, "/admin/login", fields...), http.StatusForbidden)
	fields = []string{"name", "owner", "password", right}
	for _, input := range doc.All("form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	doc = w.page(w.post(namets.Owner, "/admin/login", fields...), http.StatusOK)
	form := doc.One("main form")
	if got := form.Attr("action"); got != "/admin/users" {
		t.Errorf("the form is posted to %q", got)
	}
	got := url.Values{}
	for _, input := range form.All("input[type=hidden]") {
		got.Add(input.Attr("name"), input.Attr("value"))
	}
	// A browser normalizes the line ends of the attribute.
	if name := strings.ReplaceAll(got.Get("name"), "\n", "\r\n"); strings.ReplaceAll(name, "\r\r", "\r") != long ||
		got.Get("role") != "editor" || len(got["odd.name"]) != 2 {
		t.Errorf("the saved text is %q", got)
	}
}

func TestLogin_savesTheFormIfAnotherPageSignedOut(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, right)
	w.follow("", w.post("", "/admin/login", "name", "owner", "password", right), "/admin/")
	w.follow("", w.post("", "/admin/logout"), "/admin/login")
	doc := w.page(w.post("", "/admin/users", "name", "typed at length", "role", "editor"), http.StatusForbidden)
	if got := doc.One("[name=kept.name]").Attr("value"); got != "typed at length" {
		t.Errorf("the saved form contains %q", got)
	}
}

func TestLogin_savesNoPasswordsAndNoFormsOfUnknownBrowsers(t *testing.T) {
	w := newWorld(t)
	if rec := w.post("", "/admin/users", "name", "somebody"); rec.Code != http.StatusSeeOther ||
		rec.Header().Get("Location") != "/admin/login" {
		t.Errorf("an unknown browser: status %d, Location %q", rec.Code, rec.Header().Get("Location"))
	}
	w.now = w.now.Add(namets.SessionIdle)
	if rec := w.post(namets.Owner, "/admin/account/password", "current-password", right,
		"password", other); rec.Code != http.StatusSeeOther {
		t.Errorf("passwords: status %d", rec.Code)
	}
}

func TestLogout_endsTheSession(t *testing.T) {
	w := newWorld(t)
	stolen := w.cookies[namets.Editor]["namets"]
	doc := w.follow(namets.Editor, w.post(namets.Editor, "/admin/logout"), "/admin/login")
	if got := doc.One(".notice").Text(); got != "You are signed out." {
		t.Errorf("got %q", got)
	}
	w.cookies[namets.Editor]["namets"] = stolen
	if got := w.get(namets.Editor, "/admin/").Code; got != http.StatusSeeOther {
		t.Errorf("the session still works: status %d", got)
	}
}

func TestWelcome_makesTheOwnerFromTheSetUpLink(t *testing.T) {
	w := newEmptyWorld(t)
	secret, err := w.accounts.OfferSetUp(t.Context())
	w.must(err)
	path := people.WelcomePath + secret
	if doc := w.page(w.get("", path), http.StatusOK); !strings.Contains(doc.One(".lead").Text(), "admin") {
		t.Error("the page does not show the name")
	}
	doc := w.page(w.post("", path, "password", "short", "repeat-password", "short"), http.StatusUnprocessableEntity)
	if !doc.Has("#f-password[aria-invalid=true]") || !doc.Has("#faults a[href=#f-password]") {
		t.Error("a short password is not marked")
	}
	doc = w.page(w.post("", path, "password", right, "repeat-password", other), http.StatusUnprocessableEntity)
	if !doc.Has("#f-repeat-password[aria-invalid=true]") {
		t.Error("a typing error is not marked")
	}
	doc = w.follow("", w.post("", path, "password", right, "repeat-password", right), "/admin/")
	if got := doc.One(".me a[href=/admin/account]").Text() + doc.One(".me .badge").Text(); got != "adminowner" {
		t.Errorf("signed in as %q", got)
	}
	w.page(w.get("", path), http.StatusNotFound)
	w.page(w.post("somebody else", path, "password", other, "repeat-password", other), http.StatusNotFound)
}

func TestLogin_savesNothingForUnknownBrowsers(t *testing.T) {
	w := newWorld(t)
	w.cookies["stranger"] = map[string]string{"namets": "x", "namets-known": "x", "namets-ended": "x"}
	large := strings.Repeat(`"`, 20_000)
	rec := w.post("stranger", "/admin/announcements", "content", large)
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/admin/login" || rec.Body.Len() > 10_000 {
		t.Errorf("got status %d, Location %q, %d bytes", rec.Code, rec.Header().Get("Location"), rec.Body.Len())
	}
	fields := []string{"name", "a", "password", "x", "next", "/admin/?" + large[:10_000], "kept-path", "/admin/users",
		"kept.name", "typed at length"}
	rec = w.post("stranger", "/admin/login", fields...)
	if doc := w.page(rec, rec.Code); doc.Has("[name=kept.name]") || rec.Body.Len() > 10_000 {
		t.Errorf("the page after a sign-in has %d bytes", rec.Body.Len())
	}
	rec = w.post("stranger", "/admin/login", "name", strings.Repeat(`"`, 20_000), "password", "x", "kept-path",
		"/admin/users", "kept.name", "typed at length")
	if doc := w.page(rec, http.StatusForbidden); doc.Has("[name=kept.name]") || rec.Body.Len() > 10_000 {
		t.Errorf("the page after a sign-in has %d bytes", rec.Body.Len())
	}
}

func TestLogin_limitsBodiesOnEveryRoute(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=b"} {
			for _, declared := range []bool{true, false} {
				body := &counted{Reader: strings.NewReader("a=" + strings.Repeat("x", 200_000))}
				req := httptest.NewRequest(http.MethodPost, "http://namets.example"+target(r.Path), body)
				req.Header.Set("Content-Type", kind)
				if req.ContentLength = -1; declared {
					req.ContentLength = 200_002
				}
				rec := w.serve("", req)
				malformed := r.Needs == "" && strings.HasPrefix(kind, "multipart") && rec.Code == http.StatusBadRequest
				if rec.Code != http.StatusRequestEntityTooLarge && !malformed {
					t.Errorf("%s, %s, declared %t: got %d", r.Path, kind, declared, rec.Code)
				}
				if most := int64(100_000); body.n > most || declared && body.n > 0 {
					t.Errorf("%s, %s, declared %t: %d bytes were read", r.Path, kind, declared, body.n)
				}
			}
		}
	}
}

// counted counts the bytes that are read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func TestLogin_saysThatAFormIsLost(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, right)
	w.get(namets.Owner, "/test/sign-in/owner")
	w.now = w.now.Add(namets.SessionIdle)
	for size, saved := range map[int]bool{60_000: true, 70_000: false, 2_000_000: false} {
		rec := w.post(namets.Owner, "/admin/announcements", "title", "Eid", "content", strings.Repeat("x", size))
		if !saved && size < maxBody {
			if got := w.page(rec, http.StatusRequestEntityTooLarge).One("[role=alert]").Text(); !strings.Contains(got,
				"not kept, because it is larger than 64 kB") {
				t.Errorf("%d bytes: got %q", size, got)
			}
			continue
		}
		if !saved { // the server's limit
			w.page(rec, http.StatusRequestEntityTooLarge)
			continue
		}
		fields := []string{"name", "owner", "password", right}
		for _, input := range w.page(rec, http.StatusForbidden).All("form input[type=hidden]") {
			fields = append(fields, input.Attr("name"), input.Attr("value"))
		}
		again := w.page(w.post("another browser", "/admin/login", fields...), http.StatusSeeOther) // an unknown browser
		if again.Has("blockquote") {
			t.Error("an unknown browser gets the saved form")
		}
		w.page(w.post(namets.Owner, "/admin/login", fields...), http.StatusOK)
		w.now = w.now.Add(namets.SessionIdle)
	}
	for name, send := range map[string]func() *httptest.ResponseRecorder{
		"a file": func() *httptest.ResponseRecorder {
			return w.uploadAs(namets.Owner, "/admin/subscribers/import", []byte("email\n"))
		},
		"no fields": func() *httptest.ResponseRecorder { return w.post(namets.Owner, "/admin/settings/backup") },
		"passwords": func() *httptest.ResponseRecorder {
			return w.post(namets.Owner, "/admin/account/password", "current-password", right, "password", other)
		},
	} {
		doc := w.follow(namets.Owner, send(), "/admin/login")
		if got := doc.One(".notice.bad").Text(); !strings.Contains(got, "session has ended") {
			t.Errorf("%s: got %q", name, got)
		}
	}
	w.now = w.now.Add(namets.SessionKnown)
	doc := w.follow(namets.Owner, w.post(namets.Owner, "/admin/users", "name", "typed", "role", "editor"),
		"/admin/login")
	if got := doc.One(".notice.bad").Text(); !strings.Contains(got, "was not kept") {
		t.Errorf("a day later: %q", got)
	}
	fields := []string{"name", "owner", "password", right, "kept-path", "/admin/users", "kept.name", "typed"}
	doc = w.follow("another browser", w.post("another browser", "/admin/login", fields...), "/admin/")
	if got := doc.One("main").Text(); !strings.Contains(got, "was not kept") {
		t.Errorf("after a late sign-in with a form: %q", got)
	}
	doc = w.follow("nobody", w.post("nobody", "/admin/logout"), "/admin/login")
	if doc.Has(".notice.bad") {
		t.Errorf("the page reports a lost form although none was sent")
	}
}

// maxBody is the server's limit for a form.
const maxBody = 1 << 20
