package admin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"namets/internal/namets"

	"github.com/labstack/echo/v4"
)

// open lists the routes that need no session.
func open() []string {
	return []string{"GET /admin/login", "POST /admin/login", "GET /admin/welcome/:secret", "POST /admin/welcome/:secret"}
}

// target returns a path that the pattern matches and that names no row.
func target(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = "999999"
		}
	}
	return strings.Join(parts, "/")
}

func TestRoutes_letInThoseWhomTheTableNames(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Table() {
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			ask := func(role namets.Role) int {
				if role != "" { // the request before may have signed out
					w.get(role, "/test/sign-in/"+string(role))
				}
				if r.Method == http.MethodGet {
					return w.get(role, target(r.Path)).Code
				}
				return w.post(role, target(r.Path)).Code
			}
			if r.Needs == "" {
				if !slices.Contains(open(), r.Method+" "+r.Path) {
					t.Error("it is open to everybody")
				}
				return
			}
			if got := ask(""); got != http.StatusSeeOther {
				t.Errorf("without a session: got %d, want 303", got)
			}
			for _, role := range namets.Roles() {
				if got := ask(role); (got == http.StatusForbidden) == role.Allows(r.Needs) || got >= 500 {
					t.Errorf("%s: got %d; it needs %s", role, got, r.Needs)
				}
			}
		})
	}
}

func TestRoutes_changeNothingByGet(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Table() {
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, r.Path)
		}
		if r.Method == http.MethodPost && r.Needs == namets.Viewer && !slices.Contains(own(), r.Path) {
			t.Errorf("a viewer may post to %s", r.Path)
		}
	}
}

// own lists the changes that a viewer may make: those of the viewer's own sessions, password and looks.
func own() []string {
	return []string{"/admin/logout", "/admin/account/password", "/admin/account/theme", "/admin/account/sign-out"}
}

func TestRoutes_areAllInTheTable(t *testing.T) {
	w := newWorld(t)
	e := echo.New()
	w.admin.Mount(e)
	want := map[string]bool{"GET /admin": true}
	for _, r := range w.admin.Table() {
		want[r.Method+" "+r.Path] = true
	}
	for _, r := range e.Routes() {
		if !want[r.Method+" "+r.Path] {
			t.Errorf("%s %s is mounted and not in the table", r.Method, r.Path)
		}
	}
	if len(e.Routes()) != len(want) {
		t.Errorf("%d routes are mounted, the table has %d", len(e.Routes()), len(want))
	}
}

func TestRoutes_refuseChangesFromOtherSites(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Table() {
		if r.Method == http.MethodGet {
			continue
		}
		for name, header := range map[string]http.Header{
			"by fetch metadata": {"Sec-Fetch-Site": {"cross-site"}},
			"by origin":         {"Origin": {"http://evil.example"}},
			"from a subdomain":  {"Origin": {"http://www.namets.example"}, "Sec-Fetch-Site": {"same-site"}},
		} {
			if got := w.sendWith(namets.Owner, r.Method, target(r.Path), header).Code; got != http.StatusForbidden {
				t.Errorf("%s %s %s: got %d", r.Method, r.Path, name, got)
			}
		}
	}
}

func TestRoutes_carryStrictHeaders(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Table() {
		if r.Method != http.MethodGet {
			continue
		}
		rec := w.get(namets.Owner, target(r.Path))
		h := rec.Header()
		if rec.Code == http.StatusSeeOther {
			continue
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(h.Get("Content-Type"), "html") {
			continue
		}
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", r.Path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", r.Path, name, got, want)
			}
		}
		if h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: no permissions policy", r.Path)
		}
		w.page(rec, rec.Code)
	}
}

func TestRoutes_areNotOpenedByTheAPIToken(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Table() {
		if r.Needs == "" {
			continue
		}
		if got := w.sendWith("", r.Method, target(r.Path), http.Header{"X-N8n-Token": {"0f5b9c1e7a2d48639b7c5e1f2a6d8c40"}}).Code; got != http.StatusSeeOther {
			t.Errorf("%s %s: got %d", r.Method, r.Path, got)
		}
	}
}
