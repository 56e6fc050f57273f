package cli

import (
	"net/http"
	"testing"

	"namets/internal/e2e"
)

// TestBrowser_setsTheAdminUpAndSignsIn goes the way of the first owner, with and without
// JavaScript.
func TestBrowser_setsTheAdminUpAndSignsIn(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	for _, viewport := range viewports() {
		t.Run(viewport.String(), func(t *testing.T) {
			s := startServe(t, testEnvironment(t))
			v := &visitor{browser.Page(t, viewport), t, viewport, s}
			v.open("/admin/", http.StatusOK)
			v.see("admin-sign-in", "Sign in")
			set := linkPath(t, s.stderr.String())
			v.open(set, http.StatusOK)
			v.Fill("#f-password", "password1234")
			v.Fill("#f-repeat-password", "password1234")
			v.Follow("form .button")
			v.see("admin-common-password", "Choose a password")
			v.Fill("#f-password", adminPassword)
			v.Fill("#f-repeat-password", adminPassword)
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

			v.Open(s.reachable(invitation))
			v.Fill("#f-password", newPassword)
			v.Fill("#f-repeat-password", newPassword)
			v.Follow("form .button")
			v.see("admin-editor", "Overview")
			v.open("/admin/users", http.StatusForbidden)
			v.see("admin-refused", "Not allowed")

			v.open("/admin/account", http.StatusOK)
			v.Follow("main .button.danger")
			v.Fill("#f-name", "Hauwa")
			v.Fill("#f-password", adminPassword)
			v.Follow("form .button")
			v.see("admin-wrong-password", "Sign in")
			v.Fill("#f-password", newPassword)
			v.Follow("form .button")
			v.see("admin-signed-in", "Overview")
			v.wantOwnRequests()
		})
	}
}
