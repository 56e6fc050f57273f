package admin_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/web/admin"
)

// activityRows returns the refusals that the activity shows to the role, newest first.
func (w *world) activityRows(role namets.Role) (rows []string) {
	w.Helper()
	w.must(w.accounts.WriteRefusals(w.Context(), slog.New(slog.DiscardHandler)))
	for _, tr := range w.page(w.get(role, "/admin/activity"), http.StatusOK).All("tbody tr") {
		if row := strings.Join(strings.Fields(tr.Text()), " "); !strings.Contains(row, "Signed in") &&
			!strings.Contains(row, "password user") {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestActivity_showsRefusals(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Editor, right)
	for range 4 {
		w.page(w.post("", "/admin/login", "name", "editor", "password", other), http.StatusForbidden)
	}
	w.page(w.post("", "/admin/login", "name", "a password in the wrong field", "password", other), http.StatusForbidden)
	w.page(w.post(namets.Viewer, "/admin/users", "name", "x", "role", "owner"), http.StatusForbidden)
	w.page(w.get(namets.Viewer, "/admin/users/7"), http.StatusForbidden)
	req := httptest.NewRequest(http.MethodPost, "http://namets.example/admin/login", nil)
	req.Header.Set("Origin", "https://evil.example")
	w.page(w.serve("", req), http.StatusForbidden)

	text := strings.Join(w.activityRows(namets.Owner), "\n")
	for _, want := range []string{
		"Editor Failed to sign in 4 times, last at 14:05", "192.0.2.1", "A name that no user has Failed " +
			"to sign in 1 time",
		"Viewer Refused: the role does not allow it 1 time: POST /admin/users", "1 time: GET /admin/users/:id",
		"A visitor Refused: sent by a page of another site 1 time: POST /admin/login",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "wrong field") {
		t.Errorf("the page shows the typed name:\n%s", text)
	}
	if text := strings.Join(w.activityRows(namets.Viewer), "\n"); !strings.Contains(text, "Failed to sign in") ||
		strings.Contains(text, "192.0.2.1") {
		t.Errorf("to a viewer:\n%s", text)
	}
}

func TestOverview_warnsAnOwnerOfPasswordGuessing(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, right)
	about := func(role namets.Role) string {
		w.must(w.accounts.WriteRefusals(w.Context(), slog.New(slog.DiscardHandler)))
		w.get(role, "/test/sign-in/"+string(role))
		for _, n := range w.page(w.get(role, "/admin/"), http.StatusOK).All(".attention li") {
			if strings.Contains(strings.ToLower(n.Text()), "sign-in") {
				return n.Text()
			}
		}
		return ""
	}
	w.post("", "/admin/login", "name", "owner", "password", other)
	if got := about(namets.Owner); got != "" {
		t.Errorf("after a typing error: %q", got)
	}
	for range 20 {
		w.post("", "/admin/login", "name", "owner", "password", other)
	}
	if got := about(namets.Owner); !strings.Contains(got, "Sign-ins are being limited") ||
		!strings.Contains(got, "21 sign-ins failed in the last 24 hours") {
		t.Errorf("got %q", got)
	}
	if got := about(namets.Editor); got != "" {
		t.Errorf("an editor reads %q", got)
	}
	w.now = w.now.Add(time.Hour)
	if got := about(namets.Owner); strings.Contains(got, "throttled") || !strings.Contains(got, "21 sign-ins") {
		t.Errorf("an hour later: %q", got)
	}
	w.now = w.now.Add(24 * time.Hour)
	if got := about(namets.Owner); got != "" {
		t.Errorf("a day later: %q", got)
	}
}

func TestAccount_saysWhenToTryThePasswordAgain(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, right)
	w.get(namets.Owner, "/test/sign-in/owner")
	var rec *httptest.ResponseRecorder
	for range 10 {
		rec = w.post(namets.Owner, "/admin/account/password", "current-password", other, "password", right,
			"repeat-password", right)
	}
	if doc := w.page(rec, http.StatusTooManyRequests); !strings.Contains(doc.One("#faults").Text(),
		"too many failed attempts") || rec.Header().Get("Retry-After") == "" {
		t.Errorf("got %q", doc.One("#faults").Text())
	}
}

func TestWelcome_throttlesGuessesOfLinks(t *testing.T) {
	w := newWorld(t)
	var rec *httptest.ResponseRecorder
	for range 30 {
		rec = w.post("", "/admin/welcome/GUESS", "password", right, "repeat-password", right)
	}
	if w.page(rec, http.StatusTooManyRequests); rec.Header().Get("Retry-After") == "" {
		t.Error("the Retry-After header is missing")
	}
}

func TestLogin_delaysARefusal(t *testing.T) {
	w := newWorld(t, func(c *admin.Config) { c.Page.RefusalPause = 100 * time.Millisecond })
	w.withPassword(namets.Editor, right)
	for range 5 {
		w.page(w.post("", "/admin/login", "name", "editor", "password", other), http.StatusForbidden)
	}
	w.post("", "/admin/login", "name", "editor", "password", other)
	began := time.Now()
	w.page(w.post("", "/admin/login", "name", "editor", "password", other), http.StatusTooManyRequests)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it was refused after %v", took)
	}
}
