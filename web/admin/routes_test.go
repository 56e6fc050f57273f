package admin_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// open lists the routes that need no session.
func open() []string {
	return []string{"GET /admin/login", "POST /admin/login", "GET /admin/welcome/:secret",
		"POST /admin/welcome/:secret"}
}

// target returns a path that matches the pattern and names no row.
func target(pattern string) string { return targetWith(pattern, "999999") }

// targetWith returns a path that matches the pattern, with the id.
func targetWith(pattern, id string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = id
		}
	}
	return strings.Join(parts, "/")
}

func TestRoutes_requireTheRoleOfTheTable(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Routes() {
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			ask := func(role namets.Role) int {
				if role != "" { // the previous request may have signed out
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

func TestRoutes_changeNothingOnGet(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Routes() {
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, r.Path)
		}
		if r.Method == http.MethodPost && r.Needs == namets.Viewer && !slices.Contains(own(), r.Path) {
			t.Errorf("a viewer may post to %s", r.Path)
		}
	}
}

// own lists the changes that a viewer may make: those of their own sessions, password and theme.
func own() []string {
	return []string{"/admin/logout", "/admin/account/password", "/admin/account/theme", "/admin/account/sign-out"}
}

func TestRoutes_areAllInTheTable(t *testing.T) {
	w := newWorld(t)
	e := echo.New()
	w.admin.Mount(e)
	want := map[string]bool{"GET /admin": true}
	for _, r := range w.admin.Routes() {
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
	for _, r := range w.admin.Routes() {
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

func TestRoutes_sendStrictHeaders(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Routes() {
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
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") ||
			strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", r.Path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
			"Referrer-Policy": "same-origin",
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

func TestRoutes_doNotAcceptTheAPIToken(t *testing.T) {
	w := newWorld(t)
	for _, r := range w.admin.Routes() {
		if r.Needs == "" {
			continue
		}
		if got := w.sendWith("", r.Method, target(r.Path),
			http.Header{"X-N8n-Token": {"0f5b9c1e7a2d48639b7c5e1f2a6d8c40"}}).Code; got != http.StatusSeeOther {
			t.Errorf("%s %s: got %d", r.Method, r.Path, got)
		}
	}
}

// TestRoutes_showViewersNoAddress stores addresses and phone numbers in every possible field and
// checks all pages.
func TestRoutes_showViewersNoAddress(t *testing.T) {
	w := newWorld(t)
	const address, number, patron = "amina.bello@example.org", "+2348012345678", "sheikh.musa@example.net"
	ctx, editor := t.Context(), namets.Actor{Kind: namets.SignedIn, Name: "editor"}
	id, err := w.db.CreateSubscriber(ctx, editor, namets.Subscriber{Email: address, Phone: number, IsActive: true,
		Notify: namets.Preferences{Announcements: true, Events: true}})
	w.must(err)
	w.must(w.db.UpdateSubscriber(ctx, editor, id, 0, namets.SubscriberPatch{Phone: ptr(number + "9")}))
	_, err = w.db.CreatePatron(ctx, editor, namets.Patron{Name: "Musa", Email: patron, IsActive: true,
		ReceiveNotifications: true})
	w.must(err)
	w.must(w.db.RequestSubscription(ctx, namets.Actor{Kind: namets.Visitor, Address: "192.0.2.7"},
		namets.SubscriptionRequest{Email: "x." + address, DoubleOptIn: true}, "http://namets.example"))
	_, err = w.db.CreateAnnouncement(ctx, editor,
		namets.Announcement{Title: "T", Content: "C", Category: namets.General, PublishAt: w.now, IsActive: true,
			SendEmail: true})
	w.must(err)
	_, err = w.db.CreateEvent(ctx, editor, namets.Event{Title: "E", Start: w.now, End: w.now.Add(time.Hour),
		IsActive: true, SendEmail: true})
	w.must(err)
	w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), "send_email", "on")...)
	_, _, err = w.db.SendMessage(ctx, editor, namets.Message{Subject: "S", Body: "B", Everyone: true})
	w.must(err)
	claims, err := w.db.ClaimDeliveries(ctx, 100, time.Minute)
	w.must(err)
	for _, c := range claims {
		w.must(w.db.RecordOutcomes(ctx,
			[]namets.Outcome{{ID: c.ID, State: namets.Dead,
				Attempt: &namets.Attempt{At: w.now, Status: 500, Error: "answered 500", Answer: "no mail to " +
					address + " " + patron}}}))
	}
	if len(claims) < 4 {
		t.Fatalf("only %d deliveries", len(claims))
	}
	pages := 0
	page := func(role namets.Role, path string) string {
		rec := w.get(role, path)
		if rec.Code >= 500 {
			t.Errorf("%s %s: got %d", role, path, rec.Code)
		}
		return rec.Body.String()
	}
	for _, r := range w.admin.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		for id := 1; id <= 1+len(claims)*strings.Count(r.Path, ":"); id++ {
			for _, query := range []string{"", "?q=amina&sort=email&actor=editor&state=dead&month=2026-03&to=1"} {
				path := targetWith(r.Path, strconv.Itoa(id)) + query
				text := page(namets.Viewer, path)
				pages++
				for _, secret := range []string{"amina.bello", "8012345678", "sheikh.musa", "192.0.2.7"} {
					if strings.Contains(text, secret) {
						t.Errorf("%s shows a viewer %q", path, secret)
					}
				}
			}
		}
	}
	if text := page(namets.Editor, "/admin/subscribers/1") + page(namets.Editor, "/admin/patrons/1") +
		page(namets.Editor, "/admin/deliveries/1"); pages < 80 || strings.Count(text, "amina.bello") < 2 ||
		!strings.Contains(text, "sheikh.musa") {
		t.Errorf("%d pages; an editor sees no address", pages)
	}
}

func ptr[T any](v T) *T { return &v }
