package browser_test

import (
	"net/http"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// TestBrowser_setsTheAdminUpAndSignsIn does what the first owner does, with and without JavaScript.
func TestBrowser_setsTheAdminUpAndSignsIn(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	for _, viewport := range viewports() {
		t.Run(viewport.String(), func(t *testing.T) {
			s := harness.StartServe(t, harness.NewEnvironment(t))
			v := &visitor{browser.Page(t, viewport), t, viewport, s}
			v.open("/admin/", http.StatusOK)
			v.see("admin-sign-in", "Sign in")
			set := harness.LinkPath(t, s.Stderr.String())
			v.open(set, http.StatusOK)
			v.Fill("#f-password", "password1234")
			v.Fill("#f-repeat-password", "password1234")
			v.Follow("form .button")
			v.see("admin-common-password", "Choose a password")
			v.Fill("#f-password", harness.AdminPassword)
			v.Fill("#f-repeat-password", harness.AdminPassword)
			v.Follow("form .button")
			v.see("admin-welcome", "Overview")

			v.open("/admin/users", http.StatusOK)
			v.Fill("#f-name", "Hauwa")
			v.Follow("main form .button")
			v.see("admin-invitation", "A link for Hauwa")
			invitation := v.Text("main pre code")
			v.open("/admin/account", http.StatusOK)
			v.Follow("main .button.danger")
			v.see("admin-signed-out", "Sign in")

			v.Open(reachable(s, invitation))
			v.Fill("#f-password", harness.NewPassword)
			v.Fill("#f-repeat-password", harness.NewPassword)
			v.Follow("form .button")
			v.see("admin-editor", "Overview")
			v.open("/admin/users", http.StatusForbidden)
			v.see("admin-refused", "Not allowed")

			v.open("/admin/account", http.StatusOK)
			v.Follow("main .button.danger")
			v.Fill("#f-name", "Hauwa")
			v.Fill("#f-password", harness.AdminPassword)
			v.Follow("form .button")
			v.see("admin-wrong-password", "Sign in")
			v.Fill("#f-password", harness.NewPassword)
			v.Follow("form .button")
			v.see("admin-signed-in", "Overview")
			v.wantOwnRequests()
		})
	}
}
