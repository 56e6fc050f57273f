package browser_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// newAftermath starts a service after a restore from a backup, with everything that is rare: held
// deliveries, one mailbox in two spellings, a setting that looks like a mistake. It returns the id
// of one of the two subscribers of the mailbox.
func newAftermath(t *testing.T, browser *e2e.Browser, viewport e2e.Viewport) (*visitor, int64) {
	t.Helper()
	n8n, _, _ := harness.Receiver(t)
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "N8N_WEBHOOK_URL",
		strings.Replace(n8n, "/webhook/", "/webhook-test/", 1))
	if err := os.MkdirAll(env["DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	newSeason(t, env["DATA_DIR"])
	file := filepath.Join(t.TempDir(), "copy.db")
	if code, _, stderr := harness.Call(t, env, "backup", file); code != 0 {
		t.Fatal(stderr)
	}
	var pair int64
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		system := namets.Actor{Kind: namets.System}
		_, added := db.CreateSubscriber(ctx, system, namets.NewSubscriber("added.after.the.backup@university.example"))
		return errors.Join(added, db.DeleteSubscriber(ctx, system, 120))
	})
	if code, _, stderr := harness.Call(t, env, "restore", "--at-next-start", file); code != 0 {
		t.Fatal(stderr)
	}
	v := &visitor{browser.Page(t, viewport), t, viewport, harness.StartServe(t, env)}
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) (err error) {
		_, err = db.CreateSubscriber(ctx, namets.Actor{Kind: namets.System},
			namets.NewSubscriber("zainab@xn--bcher-kva.example"))
		if err == nil {
			pair, err = db.CreateSubscriber(ctx, namets.Actor{Kind: namets.System},
				namets.NewSubscriber("zainab@elsewhere.example"))
		}
		return err
	})
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(env["DATA_DIR"], "namets.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, change := range []string{
		fmt.Sprintf(`update subscribers set email = 'Zainab@bücher.example', email_key = 'zainab@bücher.example',
			email_text = 'zainab@bücher.example', duplicate_key = 'zainab@xn--bcher-kva.example' where id = %d`, pair),
		`update deliveries set state = 'held', next_at = null, finished_at = null where state = 'skipped'`,
	} {
		if _, err := raw.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	v.signIn("admin", harness.AdminPassword)
	return v, pair
}

// TestBrowser_rarePagesCanBeUsedByEverybody checks pages that follow only a failure: a
// restore, a rejection by a mail server, wrong passwords, a malformed form.
func TestBrowser_rarePagesCanBeUsedByEverybody(t *testing.T) {
	v, pair := newAftermath(t, e2e.OpenBrowser(t), e2e.Viewport{Width: 1280})
	for _, page := range []struct{ path, name, says string }{
		{"/admin/", "overview-warnings", "held"},
		{"/admin/deliveries?state=held", "deliveries-of-a-restore", "held after a restore"},
		{"/admin/deliveries/held", "held", "They wait until you decide"},
		{"/admin/settings", "settings-restored", "was restored from"},
		{fmt.Sprintf("/admin/subscribers/%d", pair), "same-mailbox", "stored more than once"},
		{fmt.Sprintf("/admin/subscribers/%d/merge", pair), "merge", "cannot be undone"},
	} {
		v.open(page.path, http.StatusOK)
		v.wantText("main", page.says)
		v.inspect("admin-rare-" + page.name)
	}
	v.resendToEverybody()
	v.breakForms()
	v.outlastSession()
	v.guess()
	v.wantOwnRequests()
}

// resendToEverybody opens the confirmation for sending a delivery under another webhook-id.
func (v *visitor) resendToEverybody() {
	v.t.Helper()
	v.open("/admin/deliveries?state=delivered&kind=announcement_created", http.StatusOK)
	v.Follow("#list tbody a")
	v.Follow("main a[href$=resend]")
	v.inspect("admin-rare-resend")
	v.Choose("#f-whom", "everyone")
	v.Follow("main form .button")
	v.wantText("main", "a second time")
	v.inspect("admin-rare-resend-question")
}

// breakForms sends forms that are malformed or too large.
func (v *visitor) breakForms() {
	v.t.Helper()
	for _, form := range []struct {
		name, action, encoding, size string
		status                       int64
	}{
		{"no-form", "/admin/announcements", "text/plain", "9", http.StatusUnsupportedMediaType},
		{"incomplete", "/admin/token/rotate", "", "9", http.StatusBadRequest},
		{"too-large", "/admin/announcements", "", "2e6", http.StatusRequestEntityTooLarge},
	} {
		v.open("/admin/", http.StatusOK)
		e2e.Eval[bool](v.Page, fmt.Sprintf(`(() => {
			const form = Object.assign(document.createElement('form'),
				{id: 'odd', method: 'post', action: %q, enctype: %q});
			form.append(Object.assign(document.createElement('input'), {name: 'x', value: 'x'.repeat(%s)}));
			document.body.append(form);
			return true;
		})()`, form.action, form.encoding, form.size))
		if status := v.Submit("#odd"); status != form.status {
			v.t.Errorf("%s: %d, want %d", form.name, status, form.status)
		}
		v.inspect("admin-rare-" + form.name)
	}
}

// outlastSession sends a text that is too large to be saved after the session has ended.
func (v *visitor) outlastSession() {
	v.t.Helper()
	v.open("/admin/announcements/new", http.StatusOK)
	v.Fill("#f-title", "Typed for a long time")
	e2e.Eval[bool](v.Page, `(document.querySelector('#f-content').value = 'long '.repeat(20000)).length > 0`)
	e2e.Eval[int](v.Page, `fetch('/admin/account/sign-out', {method: 'POST', body: new URLSearchParams({sessions: `+
		`'all'})}).then((r) => r.status)`)
	v.Submit("main form")
	v.wantText("main", "was not kept")
	v.inspect("admin-rare-not-kept")
}

// guess enters wrong passwords until they are no longer checked.
func (v *visitor) guess() {
	v.t.Helper()
	for range 12 {
		v.open("/admin/login", http.StatusOK)
		v.Fill("#f-name", "admin")
		v.Fill("#f-password", "not the password")
		if v.Follow("form .button") == http.StatusTooManyRequests {
			v.wantText("main", "Try again in")
			v.inspect("admin-rare-throttled")
			return
		}
	}
	v.t.Error("all of twelve wrong passwords are checked")
}
