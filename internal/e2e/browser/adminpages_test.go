package browser_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/web/admin"
)

// newCommittee starts a service on a season's data, and signs the owner in. It returns, for the
// path of each list, the id of an example row. Pending deliveries stay pending.
func newCommittee(t *testing.T, browser *e2e.Browser, viewport e2e.Viewport) (*visitor, map[string]int64) {
	t.Helper()
	n8n, _, _ := harness.Receiver(t)
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "SITE_NAME", "NAMETS Jos",
		"N8N_WEBHOOK_URL", n8n)
	if err := os.MkdirAll(env["DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	ids := newSeason(t, env["DATA_DIR"])
	v := &visitor{browser.Page(t, viewport), t, viewport, harness.StartServe(t, env)}
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.CreateUser(ctx, namets.Actor{Kind: namets.System}, "Hauwa", namets.Editor,
			"no password has this hash")
		_, second := db.CreateUser(ctx, namets.Actor{Kind: namets.System}, "Abdulrahman al-Hausawi, Jos North chapter",
			namets.Viewer, "")
		return errors.Join(err, second)
	})
	v.signIn("admin", harness.AdminPassword)
	return v, ids
}

// pages returns the paths of the admin's pages, with the parameters of the patterns filled in.
// Patterns without an example are left out, and reported if there are ids at all.
func (v *visitor) pages(ids map[string]int64) (paths []string) {
	v.t.Helper()
	for _, pattern := range admin.Paths() {
		list, rest, parameter := strings.Cut(pattern, "/:")
		id, ok := ids[list]
		switch {
		case !parameter:
			paths = append(paths, pattern)
		case ok:
			_, rest, _ = strings.Cut(rest, "/")
			paths = append(paths, strings.TrimSuffix(fmt.Sprintf("%s/%d/%s", list, id, rest), "/"))
		case list != "/admin/welcome" && len(ids) > 0: // these are checked with the set-up of the admin
			v.t.Errorf("%s: the season has no example for this page", pattern)
		}
	}
	return paths
}

// isPage reports whether the path is a page and not a file to download.
func (v *visitor) isPage(path string) bool {
	v.t.Helper()
	return strings.HasPrefix(e2e.Eval[string](v.Page, fmt.Sprintf("fetch(%q).then(r => r.headers.get('content-type'))",
		path)), "text/html")
}

// nameOf makes a file name of a path under /admin/.
func nameOf(path string) string {
	name := strings.Trim(strings.ReplaceAll(strings.TrimPrefix(path, "/admin"), "/", "-"), "-")
	if name == "" {
		return "overview"
	}
	return name
}

// weight returns the uncompressed size in bytes of the page and its resources.
const weight = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
	.filter((e) => e.initiatorType !== 'fetch').reduce((sum, e) => sum + e.decodedBodySize, 0)`

const maxWeight = 60_000

// TestBrowser_everyAdminPageCanBeUsedByEverybody checks all pages in the table of routes, and each
// form again after it was sent without its required fields.
func TestBrowser_everyAdminPageCanBeUsedByEverybody(t *testing.T) {
	v, ids := newCommittee(t, e2e.OpenBrowser(t), e2e.Viewport{Width: 1280})
	for _, path := range v.pages(ids) {
		if !v.isPage(path) {
			continue
		}
		v.open(path, http.StatusOK)
		if weight := e2e.Eval[int](v.Page, weight); weight > maxWeight {
			t.Errorf("%s has %d bytes", path, weight)
		}
		v.inspect("admin-" + nameOf(path))
		const spoil = `(() => {
			const form = [...document.querySelectorAll('main form[method=post]')]
				.find((f) => f.querySelector('[required]'));
			if (!form) return false;
			for (const e of form.querySelectorAll('[required]')) e.value = '';
			form.setAttribute('data-sent', 'spoilt');
			return true;
		})()`
		if e2e.Eval[bool](v.Page, spoil) {
			if status := v.Submit("form[data-sent]"); status != http.StatusUnprocessableEntity {
				t.Errorf("%s: an empty form gets status %d", path, status)
			}
			v.inspect("admin-" + nameOf(path) + "-wrong")
		}
	}
	v.wantOwnRequests()
}

// TestBrowser_everyEmptyAdminPageSaysWhatToDo checks all pages of an admin without data.
func TestBrowser_everyEmptyAdminPageSaysWhatToDo(t *testing.T) {
	browser, viewport := e2e.OpenBrowser(t), e2e.Viewport{Width: 1280}
	v := &visitor{browser.Page(t, viewport), t, viewport,
		harness.StartServe(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword))}
	v.signIn("admin", harness.AdminPassword)
	for _, path := range v.pages(nil) {
		if !v.isPage(path) || strings.HasSuffix(path, "/new") {
			continue
		}
		v.open(path, http.StatusOK)
		v.inspect("admin-empty-" + nameOf(path))
	}
	v.wantOwnRequests()
}

// TestBrowser_everyConfirmationAndErrorCanBeUsedByEverybody checks the pages that only follow a
// sent form: confirmations, a row that somebody else has changed, and a session that has ended.
func TestBrowser_everyConfirmationAndErrorCanBeUsedByEverybody(t *testing.T) {
	v, ids := newCommittee(t, e2e.OpenBrowser(t), e2e.Viewport{Width: 1280})
	v.open("/admin/message", http.StatusOK)
	v.Fill("#f-subject", "Salaam")
	v.Fill("#f-body", "The hall is closed on Friday.")
	v.Follow("main form .button")
	v.see("admin-send-message", "Send this message?")

	v.open("/admin/subscribers?q=fresher", http.StatusOK)
	v.Choose("#f-whom", "found")
	v.Choose("#f-action", "delete")
	v.Follow("#list form .button:not([href])")
	v.inspect("admin-bulk-delete")

	item := fmt.Sprint("/admin/announcements/", ids["/admin/announcements"])
	v.open(item, http.StatusOK)
	v.Fill("#f-content", " The other one has written this.")
	status := e2e.Eval[int](v.Page, `fetch(location.pathname, {method: 'POST', body: new URLSearchParams(new `+
		`FormData(document.querySelector('main form')))}).then((r) => r.status)`)
	if status != http.StatusOK {
		t.Errorf("the change of the other user gets status %d", status)
	}
	v.Fill("#f-content", " And this stays.")
	if status := v.Follow("main form .button"); status != http.StatusConflict {
		t.Errorf("a conflicting change gets status %d", status)
	}
	v.wantText("main", "What is stored now")
	v.inspect("admin-conflict")

	v.open(item, http.StatusOK)
	v.Fill("#f-content", " This was typed for a long time.")
	e2e.Eval[int](v.Page, `fetch('/admin/account/sign-out', {method: 'POST', body: new URLSearchParams({sessions: `+
		`'all'})}).then((r) => r.status)`)
	v.Submit("main form")
	v.see("admin-session-ended", "Sign in")
	v.wantOwnRequests()
}
