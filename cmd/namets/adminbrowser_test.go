package main

import (
	"net/http"
	"testing"

	"namets/internal/e2e"
)

// TestBrowser_setsTheAdminUpAndSignsIn goes the way of the first owner, with and without JavaScript.
func TestBrowser_setsTheAdminUpAndSignsIn(t *testing.T) {
	e2e.Chromium(t)
	for _, look := range append(looks(), e2e.Look{Width: 360, NoScript: true}) {
		t.Run(look.String(), func(t *testing.T) {
			s := startServe(t, testEnvironment(t))
			v := &visitor{e2e.OpenPage(t, look), t, look, s}
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

// TestBrowser_showsTheAdminsOwnPages looks at the pages that every admin has, on sample data and on none.
func TestBrowser_showsTheAdminsOwnPages(t *testing.T) {
	e2e.Chromium(t)
	s := start(t, environment{"PORT": "0", "SITE_NAME": "NAMETS Jos"}, "demo")
	s.waitForAddress(t)
	password := s.wait(t, s.stdout, `the password (\S+)`)[1]
	for _, look := range looks() {
		t.Run(look.String(), func(t *testing.T) {
			v := &visitor{e2e.OpenPage(t, look), t, look, s}
			v.open("/admin/settings", http.StatusOK)
			v.Fill("#f-name", "admin")
			v.Fill("#f-password", password)
			v.Follow("form .button")
			v.see("admin-settings", "Settings")
			for _, page := range []struct{ name, path, title string }{
				{"overview", "/admin/", "Overview"},
				{"users", "/admin/users", "Users"},
				{"user", "/admin/users/1", "admin you"},
				{"delete", "/admin/users/1/delete", "Delete admin"},
				{"token-of-host", "/admin/token", "API token"},
				{"account", "/admin/account", "Your account"},
			} {
				v.open(page.path, http.StatusOK)
				v.see("admin-"+page.name, page.title)
			}
			if look.Width < 600 {
				v.Click(".menu summary")
			}
			v.see("admin-menu", "Your account")
			v.wantOwnRequests()
		})
	}
}
