package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// TestBrowser_managesNamedTokens creates a token in the browser, replaces it and ends it, and lets
// the shared one only read.
func TestBrowser_managesNamedTokens(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	for _, viewport := range []e2e.Viewport{{Width: 390}, {Width: 1280, NoScript: true}} {
		t.Run(viewport.String(), func(t *testing.T) {
			env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword)
			s := harness.StartServe(t, env)
			v := &visitor{browser.Page(t, viewport), t, viewport, s}
			v.signIn("admin", harness.AdminPassword)
			v.open("/admin/token", http.StatusOK)
			v.Follow("main form[action='/admin/token/writing'] .button")
			v.wantText(".notice.good", "may only read now")
			v.Follow("main a[href='/admin/api-tokens']")
			v.see("admin-named-tokens-none", "Named tokens")
			v.Fill("#f-name", "Mail")
			v.Follow("main form .button")
			v.see("admin-named-tokens-wrong", "Named tokens")
			v.wantText("#faults", "What it may do must not be empty.")
			v.Click("input[value='content:read']")
			v.Click("input[value='hooks']")
			v.Follow("main form .button")
			v.see("admin-named-token-new", "The new token")
			first := v.Text("#new-token")

			v.Follow("main p .button")
			v.see("admin-named-tokens", "Named tokens")
			v.wantText("main tbody", "Mail", "Read content, register webhooks", "never")
			v.Follow("main tbody a")
			v.see("admin-named-token", "Mail")
			v.Follow("main .button.quiet")
			v.see("admin-named-token-replace", "Replace the token Mail")
			v.Follow("main form .button.danger")
			v.see("admin-named-token-replaced", "The new value")
			second := v.Text("#new-token")
			if first == second || !strings.HasPrefix(second, "nmt_") {
				t.Error("the token has no other value")
			}
			v.open("/admin/api-tokens", http.StatusOK)
			v.Follow("main tbody a")
			v.Follow("main .button.danger")
			v.see("admin-named-token-end", "End the token Mail")
			v.Follow("main form .button.danger")
			v.wantText(".notice.good", "The token Mail has ended.")
			v.see("admin-named-tokens-ended", "Named tokens")
			v.wantHidden(first, second)
			v.wantOwnRequests()
			s.End(t)
			harness.WantAbsent(t, "what serve printed", s.Stdout.String()+s.Stderr.String(), []string{first, second})
			harness.WantAbsent(t, "what was stored", harness.Stored(t, env["DATA_DIR"]), []string{first, second})
		})
	}
}
