package admin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/server"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
	"namets/static"
	"namets/web"
	"namets/web/admin"
	"namets/web/admin/content"
	"namets/web/admin/page"
	"namets/web/admin/people"
	"namets/web/admin/system"
	"namets/web/webtest"
)

// world is the admin on its own database, with the real server's errors and headers, and a clock
// that only the test advances. There is a user for each role, named after it.
type world struct {
	testing.TB
	path     string // path of the database
	now      time.Time
	db       *sqlite.DB
	admin    *admin.Admin
	handler  http.Handler
	accounts *auth.Accounts
	token    *token.Source
	backups  *copies
	restorer *restores
	health   system.Health
	// cookies are the cookies of each role's browser; the role "" is a browser without a sign-in.
	cookies map[namets.Role]map[string]string
	users   map[namets.Role]namets.User
}

// lagos is one hour ahead of UTC.
var lagos = time.FixedZone("WAT", 3600)

func newWorld(t testing.TB, change ...func(*admin.Config)) *world {
	t.Helper()
	w := newEmptyWorld(t, change...)
	for _, role := range namets.Roles() {
		id, err := w.db.CreateUser(t.Context(), namets.Actor{Kind: namets.System}, string(role), role,
			"a hash that no password has")
		w.must(err)
		w.users[role], err = w.db.User(t.Context(), id)
		w.must(err)
		w.get(role, "/test/sign-in/"+string(role))
	}
	return w
}

// newEmptyWorld is newWorld without users.
func newEmptyWorld(t testing.TB, change ...func(*admin.Config)) *world {
	t.Helper()
	w := &world{TB: t, path: filepath.Join(t.TempDir(), "namets.db"),
		now: time.Date(2026, 2, 27, 13, 5, 0, 0, time.UTC), cookies: map[namets.Role]map[string]string{},
		users: map[namets.Role]namets.User{}}
	clock := func() time.Time { return w.now }
	w.db = sqlitetest.Open(t, sqlite.Config{Path: w.path, Now: clock, Zone: lagos})
	assets, err := static.New(static.FS)
	w.must(err)
	renderer, err := web.New(web.Config{SiteName: "NAMETS", Assets: assets, Texts: web.English()})
	w.must(err)
	sessions := auth.NewSessions(w.db, false, clock)
	w.token = token.New(token.Config{Provider: token.NewEnv(secret.New("0f5b9c1e7a2d48639b7c5e1f2a6d8c40")),
		Name: "env", Now: clock})
	w.must(w.token.Start(t.Context()))
	w.backups, w.restorer = &copies{w: w}, &restores{room: 1 << 20}
	w.accounts = auth.NewAccounts(w.db, sessions, auth.HashCost{Memory: 64, Passes: 1}, clock)
	c := admin.Config{
		Page: page.Config{Renderer: renderer, Sessions: sessions, Accounts: w.accounts, WebhooksOn: true,
			PublicURL: "http://namets.example", Zone: lagos, Now: clock},
		Content: content.Config{Store: w.db},
		People:  people.Config{Store: w.db, Sessions: sessions, Accounts: w.accounts},
		System: system.Config{Store: w.db, Accounts: w.accounts, Token: w.token,
			Tokens:      auth.NewNamedTokens(w.db, clock),
			WebhookKeys: func() []secret.Value { return nil }, Backups: w.backups, Restorer: w.restorer,
			Health: func() system.Health { return w.health }, Version: "v1.2.3",
			Settings:   []system.Setting{{Name: "PORT", Value: "8080", Meaning: "port to listen on"}},
			WebhooksOn: true, DoubleOptIn: true, Now: clock},
	}
	for _, f := range change {
		f(&c)
	}
	w.admin, err = admin.New(c)
	w.must(err)
	signIn := func(e *echo.Echo) {
		e.GET("/test/sign-in/:role", func(c echo.Context) error {
			return sessions.Begin(c, w.users[namets.Role(c.Param("role"))])
		})
	}
	w.handler = server.New(server.Config{Mounts: []func(*echo.Echo){renderer.Mount, w.admin.Mount, signIn},
		RenderError: renderer.RenderError, BodyLimits: w.admin.BodyLimits(), Now: clock}).Handler()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// get requests a page with the browser of the role.
func (w *world) get(role namets.Role, target string) *httptest.ResponseRecorder {
	w.Helper()
	return w.send(role, http.MethodGet, target, "", nil)
}

// post sends a form from a page of the site. The fields are name, value, name, value.
func (w *world) post(role namets.Role, target string, fields ...string) *httptest.ResponseRecorder {
	w.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return w.send(role, http.MethodPost, target, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// form returns the hidden fields of the form with the action on a page, as name, value, name,
// value.
func (w *world) form(role namets.Role, page, action string) (fields []string) {
	w.Helper()
	for _, form := range w.page(w.get(role, page), http.StatusOK).All("main form") {
		if form.Attr("action") != action {
			continue
		}
		for _, input := range form.All("input[type=hidden]") {
			fields = append(fields, input.Attr("name"), input.Attr("value"))
		}
		return fields
	}
	w.Fatalf("%s has no form for %s", page, action)
	return nil
}

// send makes one request with the browser of the role, stores the cookies of the response, and
// follows no redirect.
func (w *world) send(role namets.Role, method, target, contentType string, body io.Reader) *httptest.ResponseRecorder {
	w.Helper()
	req := httptest.NewRequest(method, "http://namets.example"+target, body)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Origin", "http://namets.example")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return w.serve(role, req)
}

// sendWith makes one request without a body, with the headers.
func (w *world) sendWith(role namets.Role, method, target string, header http.Header) *httptest.ResponseRecorder {
	w.Helper()
	req := httptest.NewRequest(method, "http://namets.example"+target, nil)
	req.Header = header
	return w.serve(role, req)
}

func (w *world) serve(role namets.Role, req *http.Request) *httptest.ResponseRecorder {
	for name, value := range w.cookies[role] {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	if w.cookies[role] == nil {
		w.cookies[role] = map[string]string{}
	}
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(w.cookies[role], c.Name)
		} else {
			w.cookies[role][c.Name] = c.Value
		}
	}
	return rec
}

// page fails unless rec is a page with the status and without inline scripts or styles, and returns
// it.
func (w *world) page(rec *httptest.ResponseRecorder, status int) webtest.Node {
	w.Helper()
	if rec.Code != status {
		w.Fatalf("got status %d, want %d: Location %q\n%s", rec.Code, status, rec.Header().Get("Location"), rec.Body)
	}
	doc := webtest.Parse(w.TB, rec.Body)
	if inline := doc.Inline(); len(inline) > 0 {
		w.Errorf("the page holds %q", inline)
	}
	return doc
}

// follow fails unless rec redirects to the path, and returns the page there as the role sees it.
func (w *world) follow(role namets.Role, rec *httptest.ResponseRecorder, path string) webtest.Node {
	w.Helper()
	if got := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || got != path {
		w.Fatalf("got status %d, Location %q, want 303 to %q\n%s", rec.Code, got, path, rec.Body)
	}
	return w.page(w.get(role, path), http.StatusOK)
}
