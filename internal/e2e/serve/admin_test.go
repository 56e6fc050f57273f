package serve_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
)

func TestAdmin_isSetUpByTheLinkInTheLogAndRecoveredByCommand(t *testing.T) {
	env := harness.NewEnvironment(t)
	s := harness.StartServe(t, env)
	set := harness.LinkPath(t, s.Stderr.String())
	m := harness.NewUser(t, s)
	m.Want(set, "/admin/", http.StatusOK, "password", harness.AdminPassword, "repeat-password", harness.AdminPassword)
	m.Want(set, set, http.StatusNotFound, "password", harness.NewPassword, "repeat-password", harness.NewPassword)

	code, stdout, stderr := harness.Call(t, env, "admin", "reset-password", "ADMIN")
	if code != 0 || stderr != "" || strings.Count(stdout, "\n") != 2 {
		t.Fatalf("%d\n%s%s", code, stdout, stderr)
	}
	m.Want("/admin/logout", "/admin/login", http.StatusOK) // already signed out
	m.Want("/admin/login", "/admin/login", http.StatusForbidden, "name", "admin", "password", harness.AdminPassword)
	m.Want(harness.LinkPath(t, stdout), "/admin/", http.StatusOK, "password", harness.NewPassword, "repeat-password",
		harness.NewPassword)

	other := harness.NewUser(t, s)
	other.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.NewPassword)
	if code, _, stderr := harness.Call(t, env, "admin", "reset-password", "nobody"); code != 1 ||
		!strings.Contains(stderr, "no such user") {
		t.Errorf("%d %s", code, stderr)
	}
	if code, _, stderr := harness.Call(t, env, "admin", "reset-passwords", "admin"); code != 2 ||
		!strings.Contains(stderr, "usage: namets admin reset-password NAME") {
		t.Errorf("%d %s", code, stderr)
	}
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(s.Stderr.String(), "/admin/welcome/"); n < 3 ||
		strings.Contains(strings.Replace(s.Stderr.String(), set, "", 1), strings.TrimPrefix(set, "/admin/welcome/")) {
		t.Errorf("the link is in the log of requests:\n%s", s.Stderr)
	}
}

func TestAdmin_isSetUpByAPassword(t *testing.T) {
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", "password1234")
	if code, _, stderr := harness.Call(t, env, "serve"); code != 2 ||
		!strings.Contains(stderr, "ADMIN_PASSWORD: it is one of those that are tried first") {
		t.Errorf("%d %s", code, stderr)
	}
	if code, _, stderr := harness.Call(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", "password1234"),
		"check"); code != 2 ||
		!strings.Contains(stderr, "ADMIN_PASSWORD: it is one of those") {
		t.Errorf("check: %d %s", code, stderr)
	}
	env["ADMIN_PASSWORD"] = harness.AdminPassword
	s := harness.StartServe(t, env)
	m := harness.NewUser(t, s)
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.Stderr.String(), harness.AdminPassword) || strings.Contains(s.Stderr.String(),
		"/admin/welcome/") {
		t.Errorf("the log:\n%s", s.Stderr)
	}

	env["ADMIN_PASSWORD"] = "short" // ignored from now on
	s = harness.StartServe(t, env)
	m.S = s
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	harness.WantAbsent(t, "what it stored", harness.Stored(t, env["DATA_DIR"]), append(m.Cookies(),
		harness.AdminPassword))
	if strings.Contains(s.Stderr.String(), m.Cookies()[0]) {
		t.Error("a session is in the log")
	}
}

func TestAdmin_andAPIAcceptOnlyTheirOwnCredentials(t *testing.T) {
	s := harness.StartServe(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword))
	m := harness.NewUser(t, s)
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	for path, want := range map[string]int{"/admin/": http.StatusOK, "/api/subscribers/": http.StatusForbidden} {
		resp, err := m.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with a session: %s has status %d", path, resp.StatusCode)
		}
	}
	a := s.Get(t, "/admin/")
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/admin/login?next=%2Fadmin%2F" {
		t.Errorf("with the token: /admin/ has status %d, Location %q", a.Status, a.Header.Get("Location"))
	}
}

func TestAdmin_hasASecureCookieIfTheSiteUsesHTTPS(t *testing.T) {
	s := harness.StartServe(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "PUBLIC_URL",
		"https://namets.example.org"))
	a := postForm(t, s, "/admin/login", url.Values{"name": {"admin"}, "password": {harness.AdminPassword}}.Encode())
	cookies := strings.Join(a.Header.Values("Set-Cookie"), "\n")
	if !regexp.MustCompile(`(?m)^__Host-namets=[A-Z2-7]{40,}; Path=/; Max-Age=\d+; HttpOnly; Secure; ` +
		`SameSite=Lax$`).MatchString(cookies) {
		t.Errorf("%d\n%s", a.Status, cookies)
	}
}

func TestDemo_printsAPasswordForTheAdmin(t *testing.T) {
	s := harness.Start(t, harness.Environment{"PORT": "0"}, "demo")
	s.WaitForAddress(t)
	password := s.Wait(t, s.Stdout, `at http://localhost:\d+/admin/ with the name admin and the password (\S+)`)[1]
	harness.NewUser(t, s).Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", password)
}
