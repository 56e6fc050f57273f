package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/internal/api"
	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

func paths() []string {
	return []string{"/api/subscribers/", "/api/announcements/new/", "/api/events/upcoming/", "/api/prayer/today/",
		"/api/communications/subscribers/", "/api/communications/announcements/new/"}
}

// checkAnswer checks status, body and the length that the answer declares.
func checkAnswer(t *testing.T, got *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if got.Code != status || got.Body.String() != body {
		t.Errorf("got %d %s, want %d %s", got.Code, got.Body, status, body)
	}
	if declared := got.Header().Get("Content-Length"); declared != strconv.Itoa(len(body)) {
		t.Errorf("Content-Length %q for %d bytes", declared, len(body))
	}
}

func TestRoutes_askForTheTokenBeforeTheMethod(t *testing.T) {
	s := newGoldenSite(t)
	for _, path := range paths() {
		for _, method := range []string{"FOO", "POST", "get", "CONNECT", "TRACE", "REPORT", "QUERY"} {
			checkAnswer(t, s.call(method, path+"?days=x"), 403, `{"detail":"Invalid or missing token"}`)
			got := s.call(method, path+"?days=x", "X-N8N-Token", goodToken)
			want := `{"detail":"Method \"` + method + `\" not allowed."}`
			checkAnswer(t, got, 405, want)
			if allow := got.Header().Get("Allow"); allow != "GET, HEAD, OPTIONS" {
				t.Errorf("%s %s: Allow %q", method, path, allow)
			}
		}
		checkAnswer(t, s.call("OPTIONS", path), 403, `{"detail":"Invalid or missing token"}`)
	}
}

func TestRoutes_answerHeadLikeGetWithoutTheBody(t *testing.T) {
	s := newGoldenSite(t)
	for _, path := range append(paths(), "/api/events/upcoming/?days=x", "/api/nope", "/api/subscribers/?events=1") {
		get := s.get(path)
		head := s.call(http.MethodHead, path, "X-N8N-Token", goodToken)
		if head.Code != get.Code || head.Body.Len() != 0 {
			t.Errorf("%s: %d with %d bytes, want %d with none", path, head.Code, head.Body.Len(), get.Code)
		}
		if head.Header().Get("Content-Length") != strconv.Itoa(get.Body.Len()) {
			t.Errorf("%s: Content-Length %s, want %d", path, head.Header().Get("Content-Length"), get.Body.Len())
		}
	}
}

func TestRoutes_answerOptionsWithAllow(t *testing.T) {
	s := newGoldenSite(t)
	for _, path := range paths() {
		got := s.call(http.MethodOptions, path, "X-N8N-Token", goodToken)
		if got.Code != 204 || got.Body.Len() != 0 || got.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d %v %s", path, got.Code, got.Header(), got.Body)
		}
	}
}

func TestRoutes_addAMissingSlashForEveryMethodWithoutAToken(t *testing.T) {
	s := newGoldenSite(t)
	for _, test := range []struct{ target, want string }{
		{"/api/subscribers", "/api/subscribers/"},
		{"/api/subscribers?", "/api/subscribers/"},
		{"/api/announcements/new?since=2026-02-20T00:00:00%2B00:00&x",
			"/api/announcements/new/?since=2026-02-20T00:00:00%2B00:00&x"},
		{"/api/%73ubscribers?a=//evil.example", "/api/subscribers/?a=//evil.example"},
		{"/api/communications/announcements/new", "/api/communications/announcements/new/"},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "FOO"} {
			got := s.call(method, test.target)
			if got.Code != 301 || got.Header().Get("Location") != test.want || got.Body.Len() != 0 {
				t.Errorf("%s %s: %d %v", method, test.target, got.Code, got.Header())
			}
		}
	}
}

func TestRoutes_matchPathsAfterDecodingAndWithoutCleaning(t *testing.T) {
	s := newGoldenSite(t)
	for target, want := range map[string]int{
		"/api/%73ubscribers/": 403, "/api%2Fsubscribers/": 403, "/api/subscribers%2F": 403, "/api/subscribers%3F": 404,
		"/api": 404, "/api/": 404, "/api//": 404, "/api//subscribers/": 404, "/api/subscribers//": 404,
		"/api/Subscribers/":   404,
		"/api/./subscribers/": 404, "/api/x/../subscribers/": 404, "/api/subscribers/.": 404,
		"/api/subscribers/%00":  404,
		"/api/subscribers/;a=1": 404, "/api/announcements/": 404, "/api/*": 404, "/api/:x": 404, "/api/nope?x=1": 404,
	} {
		got := s.call("GET", target)
		if got.Code != want {
			t.Errorf("%s: %d, want %d", target, got.Code, want)
		}
		if want == 404 {
			checkAnswer(t, s.call("FOO", target), 404, `{"detail":"Not found."}`)
		}
	}
}

func TestRoutes_knowTheRouteOfEveryRequest(t *testing.T) {
	s := newGoldenSite(t)
	for target, want := range map[string]string{
		"/api/subscribers/": "/api/subscribers/", "/api/subscribers": "/api/subscribers", "/api/nope": "/api/*",
		"/api": "/api",
	} {
		c := s.echo.NewContext(httptest.NewRequest("FOO", target, nil), httptest.NewRecorder())
		s.echo.Router().Find("FOO", target, c)
		if c.Path() != want {
			t.Errorf("%s: route %q, want %q", target, c.Path(), want)
		}
	}
}

// unreachable is a provider that never answers.
type unreachable struct{}

func (unreachable) Fetch(context.Context) (token.Set, error) {
	return token.Set{}, token.ErrUnavailable
}

func TestRoutes_answer503WhileNoTokenIsKnown(t *testing.T) {
	source := token.New(token.Config{Provider: unreachable{}, Name: "test"})
	if err := source.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	golden := newGoldenSite(t)
	s := mount(golden.db, newAPI(t, golden.db, source))
	for _, path := range paths() {
		for _, method := range []string{"GET", "FOO", "OPTIONS"} {
			got := s.call(method, path, "X-N8N-Token", goodToken)
			checkAnswer(t, got, 503, `{"detail":"The API token is not available yet."}`)
			if got.Header().Get("Retry-After") != "5" || got.Header().Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s: %v", path, got.Header())
			}
		}
	}
	if got := s.call("GET", "/api/nope"); got.Code != 404 {
		t.Errorf("unknown path: %d", got.Code)
	}
	if got := s.call("GET", "/api/subscribers"); got.Code != 301 {
		t.Errorf("missing slash: %d", got.Code)
	}
}

func newAPI(tb testing.TB, store apiStore, source *token.Source) *api.API {
	return api.New(api.Config{Store: store, Token: auth.NewAPIToken(source), Zone: zone(tb, "Africa/Lagos"),
		LinkPrefix: linkPrefix, Now: goldenNow})
}

// apiStore is what the API reads from, for tests that put something before the database.
type apiStore interface {
	Generation(namets.Kind) func() uint64
	Recipients(context.Context, func(*namets.Recipient) error) error
	ActiveAnnouncements(context.Context, func(*namets.Announcement) error) error
	ActiveEvents(context.Context, func(*namets.Event) error) error
	ActivePrayerSchedules(context.Context, func(*namets.PrayerSchedule) error) error
}

// broken is a database that cannot be read for a reason.
type broken struct {
	*sqlite.DB
	reason error
}

func (b broken) Recipients(context.Context, func(*namets.Recipient) error) error { return b.reason }

func TestRoutes_leaveErrorsOfStorageToTheServer(t *testing.T) {
	s := newGoldenSite(t)
	reason := errors.New("disk on fire")
	m := mount(s.db, newAPI(t, broken{s.db, reason}, startedSource(t)))
	var seen error
	m.echo.HTTPErrorHandler = func(err error, _ echo.Context) { seen = err }
	m.Handler = m.echo
	got := m.get("/api/communications/subscribers/")
	if !errors.Is(seen, reason) || got.Body.Len() != 0 || len(got.Header()) != 0 {
		t.Errorf("error %v, answer %v %s", seen, got.Header(), got.Body)
	}
}
