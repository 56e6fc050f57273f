package v1_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	v1 "namets/internal/api/v1"
	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/server"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/webhook"
)

// publicURL is the address of the site, origin that of the requests.
const (
	publicURL = "https://mosque.example"
	origin    = "http://example.com"
)

// goodToken has every scope; token+"x" is refused.
const goodToken = "golden-token-0123456789"

// site is the API on a real database, behind the real server. Whatever it answers is compared with
// the OpenAPI document.
type site struct {
	http.Handler
	db   *sqlite.DB
	path string // of the database
	mu   sync.Mutex
	at   time.Time
}

// morning is when a new site begins.
func morning() time.Time { return time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC) }

func newSite(tb testing.TB, change ...func(*v1.Config, *sqlite.DB)) *site {
	tb.Helper()
	s := &site{at: morning(), path: filepath.Join(tb.TempDir(), "namets.db")}
	s.db = sqlitetest.Open(tb, sqlite.Config{Path: s.path, Now: s.now})
	c := v1.Config{Store: s.db, Callers: tokens{}, Zone: lagos(tb), PublicURL: publicURL,
		Origin: server.Origin(nil, publicURL), Resolver: hosts{}, Legacy: legacyTarget(), Now: s.now, Version: "1.2.3",
		PingHook: webhook.New(webhook.Config{Store: s.db, Now: s.now, Zone: lagos(tb)}).PingHook}
	for _, f := range change {
		f(&c, s.db)
	}
	api := v1.New(c)
	s.Handler = server.New(server.Config{Mounts: []func(*echo.Echo){api.Mount}, RenderProblem: v1.RenderError,
		Problems: v1.Prefix + "/", BodyLimits: api.BodyLimits()}).Handler()
	return s
}

// hosts is the resolver of a site: metadata.example is a metadata service, later.example is not
// known yet, and every other host is private.
type hosts struct{}

func (hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	switch strings.ToLower(host) {
	case "metadata.example":
		return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("169.254.169.254")}, nil
	case "later.example":
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
}

// legacyTarget is the target that the configuration of a site names.
func legacyTarget() *namets.HookSpec {
	spec := &namets.HookSpec{URL: "https://legacy.example/webhook/secret", Events: []namets.EventType{namets.AnyEvent}}
	spec.Fill()
	return spec
}

// exec runs a statement without a method in the store.
func (s *site) exec(tb testing.TB, query string, args ...any) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+s.path)
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatal(err)
	}
}

func lagos(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// wait moves the clock on.
func (s *site) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// tokens admits goodToken with all scopes, and the scopes' names joined by blanks as tokens with
// just these.
type tokens struct{}

func (tokens) Check(c echo.Context) (auth.Caller, error) {
	switch token := c.Request().Header.Get("X-N8N-Token"); token {
	case goodToken:
		return auth.Caller{Name: namets.SharedTokenName, Scopes: namets.AllScopes()}, nil
	case "":
		return auth.Caller{}, auth.ErrTokenRefused
	case "unknown":
		return auth.Caller{}, auth.ErrTokenUnknown
	default:
		scopes, err := namets.ParseScopes(strings.Fields(token))
		if err != nil {
			return auth.Caller{}, auth.ErrTokenRefused
		}
		return auth.Caller{TokenID: 7, Name: "n8n", Scopes: scopes}, nil
	}
}

// response is an answer with its body.
type response struct {
	tb testing.TB
	*http.Response
	body    []byte
	request string // method and target
}

// call sends a request with the good token, and with a body in JSON unless it is empty. headers are
// names and values; an empty value removes the header.
func (s *site) call(tb testing.TB, method, target, body string, headers ...string) *response {
	tb.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("X-N8N-Token", goodToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Add(headers[i], headers[i+1])
			if headers[i] == "Content-Type" || headers[i] == "X-N8N-Token" {
				r.Header.Set(headers[i], headers[i+1])
			}
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	res := &response{tb: tb, Response: w.Result(), body: bytes.Clone(w.Body.Bytes()), request: method + " " + target}
	record(tb, r, body, res)
	return res
}

// get is a GET with the good token.
func (s *site) get(tb testing.TB, target string, headers ...string) *response {
	tb.Helper()
	return s.call(tb, http.MethodGet, target, "", headers...)
}

// want fails the test unless the status is right.
func (r *response) want(status int) *response {
	r.tb.Helper()
	if r.StatusCode != status {
		r.tb.Fatalf("%s: %d, want %d: %s", r.request, r.StatusCode, status, r.body)
	}
	return r
}

// object returns the body as an object.
func (r *response) object() map[string]any {
	r.tb.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.tb.Fatalf("%s: %v: %s", r.request, err, r.body)
	}
	return v
}

// list returns the body as a list of objects.
func (r *response) list() []map[string]any {
	r.tb.Helper()
	var v []map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.tb.Fatalf("%s: %v: %s", r.request, err, r.body)
	}
	return v
}

// problem returns the body as a problem, whose members must be right.
func (r *response) problem() v1.Problem {
	r.tb.Helper()
	var p v1.Problem
	if err := json.Unmarshal(r.body, &p); err != nil {
		r.tb.Fatalf("%s: %v: %s", r.request, err, r.body)
	}
	if p.Status != r.StatusCode || p.Type != "about:blank" || p.Title != http.StatusText(p.Status) || p.Code == "" ||
		p.Detail == "" {
		r.tb.Errorf("%s: %d with %s", r.request, r.StatusCode, r.body)
	}
	return p
}

// wantProblem fails the test unless the answer is the problem with the status and the code, and
// with issues at exactly these places: pointers, names of parameters, names of headers.
func (r *response) wantProblem(status int, code string, places ...string) v1.Problem {
	r.tb.Helper()
	p := r.want(status).problem()
	var got []string
	for _, issue := range p.Errors {
		got = append(got, issue.Pointer+issue.Parameter+issue.Header)
	}
	if p.Code != code || strings.Join(got, " ") != strings.Join(places, " ") {
		r.tb.Errorf("%s: code %q at %q, want %q at %q: %s", r.request, p.Code, got, code, places, r.body)
	}
	return p
}
