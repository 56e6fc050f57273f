package browser_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/secret"
)

// withAndWithoutScripts are the viewports in which the committee's tasks are tested.
func withAndWithoutScripts() []e2e.Viewport {
	return []e2e.Viewport{{Width: 360}, {Width: 1280, NoScript: true}}
}

// signIn signs in on the current page.
func (v *visitor) signIn(name, password string) {
	v.t.Helper()
	v.open("/admin/login", http.StatusOK)
	v.Fill("#f-name", name)
	v.Fill("#f-password", password)
	v.Follow("form .button")
}

// wantText checks that the element contains all of these.
func (v *visitor) wantText(selector string, want ...string) {
	v.t.Helper()
	got := v.Text(selector)
	for _, text := range want {
		if !strings.Contains(got, text) {
			v.t.Errorf("%s: %q is not in %q", selector, text, got)
		}
	}
}

// wantHidden checks that the page contains none of these, not even in an attribute.
func (v *visitor) wantHidden(hidden ...string) {
	v.t.Helper()
	page := e2e.Eval[string](v.Page, "document.documentElement.outerHTML")
	for _, text := range hidden {
		if strings.Contains(page, text) {
			v.t.Errorf("%s contains %q", v.Address(), text)
		}
	}
}

// TestBrowser_worksForTheCommittee does what an owner does, who imports a table of addresses and
// publishes to them, and what a viewer does, who may not.
func TestBrowser_worksForTheCommittee(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	for _, viewport := range withAndWithoutScripts() {
		t.Run(viewport.String(), func(t *testing.T) {
			url, got, _ := harness.Receiver(t)
			s := harness.StartServe(t, harness.InTokenFile(t, "N8N_WEBHOOK_URL", url))
			v := &visitor{browser.Page(t, viewport), t, viewport, s}
			v.signIn("admin", harness.AdminPassword)
			v.see("admin-signed-in", "Overview")
			v.takeTableIn()
			item := v.publish(inbox{got: got, seen: map[string]bool{}})
			v.becomeViewer()
			v.wantViewersPages(item)
			v.wantOwnRequests()
		})
	}
}

// takeTableIn imports a table of two people and an invalid row.
func (v *visitor) takeTableIn() {
	v.t.Helper()
	path := filepath.Join(v.t.TempDir(), "people.csv")
	const table = "email,phone\namina@example.org,+2348000000001\nmusa@example.org,\nnobody at all,\n"
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.open("/admin/subscribers/import", http.StatusOK)
	v.see("admin-import", "Import subscribers")
	v.Upload("#f-file", path)
	v.Follow("main form .button")
	v.see("admin-verdicts", "Import subscribers")
	v.wantText("section[aria-labelledby=verdict-title]", "Nothing is saved yet", "Import it: 2 rows",
		"not an address")
	v.Follow("section[aria-labelledby=verdict-title] form .button")
	v.see("admin-imported", "Subscribers")
	v.wantText(".notice.good", "2 added", "1 with mistakes left out")
	v.wantText("main", "amina@example.org", "musa@example.org")
}

// publish publishes an announcement at once, and waits until its page says that n8n has received
// it. It returns the path of the page.
func (v *visitor) publish(n8n inbox) string {
	v.t.Helper()
	v.open("/admin/announcements/new", http.StatusOK)
	v.Fill("#f-title", "Jumu’ah moves to 13:30")
	v.Fill("#f-content", "From this week on.")
	v.wantText("main form", "2 people")
	v.Click("input[name=send_email]")
	v.Follow("main form .button")
	v.see("admin-published", "Jumu’ah moves to 13:30")
	if received := n8n.next(v.t, "announcement_created"); len(received.Data.Recipients) != 2 {
		v.t.Errorf("the webhook names %q", received.Data.Recipients)
	}
	path := strings.TrimPrefix(v.Address(), v.service.URL)
	harness.Eventually(v.t, 10*time.Second, "the page says that n8n has received it", func() bool {
		v.open(path, http.StatusOK)
		return strings.Contains(v.Text(".timeline"), "n8n has received it")
	})
	v.wantText(".timeline", "Added by admin", "Published", "Queued for 2 people", "answered 200")
	v.see("admin-received", "Jumu’ah moves to 13:30")
	return path
}

// becomeViewer invites a viewer and signs in as that viewer.
func (v *visitor) becomeViewer() {
	v.t.Helper()
	v.open("/admin/users", http.StatusOK)
	v.Fill("#f-name", "Hauwa")
	v.Choose("#f-role", "viewer")
	v.Follow("main form .button")
	invitation := v.Text("main pre code")
	v.open("/admin/account", http.StatusOK)
	v.Follow("main .button.danger")
	v.Open(reachable(v.service, invitation))
	v.Fill("#f-password", harness.NewPassword)
	v.Fill("#f-repeat-password", harness.NewPassword)
	v.Follow("form .button")
	v.see("admin-viewer", "Overview")
}

// wantViewersPages checks that a viewer sees everything except addresses, cannot change anything
// and is told why.
func (v *visitor) wantViewersPages(item string) {
	v.t.Helper()
	addresses := []string{"amina@example.org", "musa@example.org", "+2348000000001"}
	v.open("/admin/subscribers", http.StatusOK)
	v.see("admin-masked", "Subscribers")
	v.wantText("main", "@example.org")
	v.wantHidden(append(addresses, "/admin/subscribers/new")...)
	v.open("/admin/subscribers/1", http.StatusOK)
	v.wantHidden(addresses...)
	v.open(item, http.StatusOK)
	v.wantText("main", "You are a viewer", "n8n has received it")
	v.wantHidden(append(addresses, `action="/admin/announcements`)...)
	for _, path := range []string{"/admin/announcements/new", "/admin/subscribers/import", "/admin/subscribers/export",
		"/admin/users", "/admin/token/rotate"} {
		v.open(path, http.StatusForbidden)
		v.see("admin-not-allowed", "Not allowed")
		v.wantText("main", "viewer")
	}
	v.open("/admin/token", http.StatusOK)
	v.wantText("main", "Only an owner")
	v.wantHidden(`action="/admin/token`, harness.APIToken)
}

// TestBrowser_rotatesTheToken makes a new token in the browser and checks that the old one is
// refused.
func TestBrowser_rotatesTheToken(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	for _, viewport := range withAndWithoutScripts() {
		t.Run(viewport.String(), func(t *testing.T) {
			env := harness.InTokenFile(t)
			s := harness.StartServe(t, env)
			v := &visitor{browser.Page(t, viewport), t, viewport, s}
			v.signIn("admin", harness.AdminPassword)
			s.WantStatuses(t, "before", map[string]int{harness.APIToken: 200})
			v.open("/admin/token", http.StatusOK)
			v.see("admin-token", "API token")
			v.Follow("main a[href='/admin/token/rotate']")
			v.see("admin-rotate", "Create a new API token?")
			v.Follow("main form .button.danger")
			v.see("admin-new-token", "The new API token")
			next := v.Text("#new-token")
			s.WantStatuses(t, "after", map[string]int{next: 200, harness.APIToken: 403})

			v.Follow("main p .button")
			v.see("admin-rotated", "API token")
			v.wantText("main", secret.New(next).Fingerprint(), "The token "+
				secret.New(harness.APIToken).Fingerprint()+", which was in force until")
			v.wantHidden(next, harness.APIToken)
			v.Follow("main form[action='/admin/token/reload'] .button")
			v.wantText(".notice.good", "the same as before")
			if content, err := os.ReadFile(env["N8N_API_TOKEN_FILE"]); strings.TrimSpace(string(content)) != next ||
				err != nil {
				t.Errorf("the file contains another token, %v", err)
			}
			v.loseTheTokenFile(env["N8N_API_TOKEN_FILE"])
			s.WantStatuses(t, "without the file", map[string]int{next: 200, harness.APIToken: 403})
			v.wantOwnRequests()
			s.End(t)
			harness.WantAbsent(t, "what serve printed", s.Stdout.String()+s.Stderr.String(), []string{next,
				harness.APIToken})
			harness.WantAbsent(t, "what was stored", harness.Stored(t, env["DATA_DIR"]), []string{next,
				harness.APIToken})
		})
	}
}

// loseTheTokenFile removes the file and checks the pages that report it.
func (v *visitor) loseTheTokenFile(path string) {
	v.t.Helper()
	if err := os.Remove(path); err != nil {
		v.t.Fatal(err)
	}
	v.Follow("main form[action='/admin/token/reload'] .button")
	v.see("admin-token-degraded", "API token")
	v.wantText("main", "degraded", "The file cannot be read at this moment.")
	v.Follow("main a[href='/admin/token/rotate']")
	v.Follow("main form .button.danger")
	v.see("admin-not-rotated", "Create a new API token?")
	v.wantText("#faults", "namets cannot write the token there.", "Nothing was changed")
	v.open("/admin/", http.StatusOK)
	v.wantText(".attention", "The source of the API token cannot be read")
}
