package site_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/internal/server"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/static"
	"namets/web"
	"namets/web/site"
	"namets/web/webtest"
)

// world is the public pages with everything around them, on a clock that is at half past
// eleven in the evening, UTC; in the site's zone, one hour ahead, it is already the first of
// March.
type world struct {
	t       testing.TB
	db      *sqlite.DB
	handler http.Handler
	site    *site.Site
	path    string // of the database
	at      time.Time
}

// setting is how a world differs from the usual.
type setting struct {
	name string // of the site
	off  bool   // no double opt-in
	pace time.Duration
	// driver of the database; nil: the usual one of tests
	driver *sqlite.Driver
}

var startOfWorld = time.Date(2026, 2, 28, 23, 30, 0, 0, time.UTC)

func newWorld(t testing.TB, how setting) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "namets.db"), at: startOfWorld}
	now := func() time.Time { return w.at }
	w.db = sqlitetest.Open(t, sqlite.Config{Path: w.path, Now: now, Driver: how.driver})
	assets, err := static.New(static.FS)
	w.must(err)
	if how.name == "" {
		how.name = "NAMETS"
	}
	renderer, err := web.New(web.Config{SiteName: how.name, Assets: assets, Texts: web.English()})
	w.must(err)
	s, err := site.New(site.Config{
		Renderer: renderer, Texts: web.English(), Board: w.db, Subscriptions: w.db, Links: "https://namets.example",
		DoubleOptIn: !how.off, Zone: time.FixedZone("WAT", 3600), Now: now, Pace: how.pace,
	})
	w.must(err)
	w.site = s
	w.handler = server.New(server.Config{
		Mounts: []func(*echo.Echo){renderer.Mount, s.Mount}, RenderError: renderer.RenderError,
		BodyLimits:     s.BodyLimits(),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	}).Handler()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) step(d time.Duration) { w.at = w.at.Add(d) }

// do makes a request with headers as name, value, name, value.
func (w *world) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, "http://namets.example"+target, strings.NewReader(body))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.RemoteAddr = "10.0.0.1:4711"
	r.Header.Set("X-Forwarded-For", "192.0.2.7")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *world) get(target string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.do("GET", target, "")
}

// post sends a form, whose fields are given as name, value, name, value.
func (w *world) post(target string, fields ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return w.do("POST", target, form.Encode())
}

// want checks the status, and where a redirect leads.
func (w *world) want(what string, rec *httptest.ResponseRecorder, status int, location string) {
	w.t.Helper()
	if rec.Code != status || rec.Header().Get("Location") != location {
		w.t.Errorf("%s: %d to %q, want %d to %q\n%.600s", what, rec.Code, rec.Header().Get("Location"), status,
			location, rec.Body)
	}
}

// page reads an answer and checks what is true of every page.
func (w *world) page(rec *httptest.ResponseRecorder) webtest.Node {
	w.t.Helper()
	if size := rec.Body.Len(); size > 30_000 {
		w.t.Errorf("the page has %d bytes", size)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=UTF-8", "Referrer-Policy": "same-origin", "Set-Cookie": "",
		"X-Frame-Options": "DENY",
	} {
		if got := rec.Header().Get(name); got != want {
			w.t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if csp := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") ||
		strings.Contains(csp, "unsafe") {
		w.t.Errorf("Content-Security-Policy: %q", csp)
	}
	doc := webtest.Parse(w.t, rec.Body)
	if inline := doc.Inline(); len(inline) > 0 {
		w.t.Errorf("the page holds %q", inline)
	}
	for _, n := range append(append(doc.All("[src]"), doc.All("link[href]")...), doc.All("form[action]")...) {
		for _, a := range []string{"src", "href", "action"} {
			if strings.Contains(n.Attr(a), "//") {
				w.t.Errorf("the page asks another site: %s", n.Attr(a))
			}
		}
	}
	return doc
}

// sent returns the bodies of the webhooks that wait, and takes them off.
func (w *world) sent() (bodies []string) {
	w.t.Helper()
	claims, err := w.db.ClaimDeliveries(w.t.Context(), 1000, time.Minute)
	w.must(err)
	var done []namets.Outcome
	for _, c := range claims {
		bodies = append(bodies, string(c.Body))
		done = append(done, namets.Outcome{ID: c.ID, State: namets.Delivered, Recipients: c.Recipients,
			Attempt: &namets.Attempt{At: w.at, Status: 200}})
	}
	w.must(w.db.RecordOutcomes(w.t.Context(), done))
	return bodies
}

// link returns the path of the only link in the webhooks that wait.
func (w *world) link() string {
	w.t.Helper()
	all := strings.Join(w.sent(), "\n")
	found := regexp.MustCompile(`"https://namets\.example(/[^"]+)"`).FindAllStringSubmatch(all, -1)
	if len(found) != 1 {
		w.t.Fatalf("%d links in %s", len(found), all)
	}
	return found[0][1]
}

// kinds returns the kinds of the webhooks that wait.
func (w *world) kinds() string {
	w.t.Helper()
	var kinds []string
	for _, body := range w.sent() {
		kinds = append(kinds, strings.Split(body, `"`)[3])
	}
	return strings.Join(kinds, " ")
}

// subscriber stores one who wants everything, and returns it.
func (w *world) subscriber(email string) namets.Subscriber {
	w.t.Helper()
	id, err := w.db.CreateSubscriber(context.Background(), namets.Actor{Kind: namets.System},
		namets.Subscriber{Email: email, IsActive: true,
			Notify: namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}})
	w.must(err)
	s, _, err := w.db.Subscriber(context.Background(), id)
	w.must(err)
	w.sent()
	return s
}

// subscribers returns how many are stored.
func (w *world) subscribers() int {
	w.t.Helper()
	data, err := w.db.Export(context.Background())
	w.must(err)
	return len(data.Subscribers)
}
