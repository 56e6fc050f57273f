package cli

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// The passwords of these tests.
const (
	adminPassword = "lantern otter gravel moss"
	newPassword   = "seventeen blue bicycles"
)

// adminUser is somebody with a browser without JavaScript in front of a serve.
type adminUser struct {
	*http.Client
	t *testing.T
	s *service
}

func newUser(t *testing.T, s *service) *adminUser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &adminUser{&http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}, t, s}
}

// post sends a form, with its fields as name, value, name, value, and returns the address and the
// status at the end of all redirects.
func (m *adminUser) post(path string, fields ...string) (end string, status int) {
	m.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	resp, err := m.PostForm(m.s.url+path, form)
	if err != nil {
		m.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.Request.URL.Path, resp.StatusCode
}

// want checks where a post ends.
func (m *adminUser) want(path, end string, status int, fields ...string) {
	m.t.Helper()
	if gotEnd, gotStatus := m.post(path, fields...); gotEnd != end || gotStatus != status {
		m.t.Errorf("%s ends with %d at %s, want %d at %s", path, gotStatus, gotEnd, status, end)
	}
}

// linkPath is the path of the first link in a text by which somebody chooses a password.
func linkPath(t *testing.T, text string) string {
	t.Helper()
	path := regexp.MustCompile(`/admin/welcome/[A-Z2-7]+`).FindString(text)
	if path == "" {
		t.Fatalf("no link in %s", text)
	}
	return path
}

func TestAdmin_isSetUpByTheLinkInTheLogAndRegainedByCommand(t *testing.T) {
	env := testEnvironment(t)
	s := startServe(t, env)
	set := linkPath(t, s.stderr.String())
	m := newUser(t, s)
	m.want(set, "/admin/", http.StatusOK, "password", adminPassword, "repeat-password", adminPassword)
	m.want(set, set, http.StatusNotFound, "password", newPassword, "repeat-password", newPassword)

	code, stdout, stderr := call(t, env, "admin", "reset-password", "ADMIN")
	if code != 0 || stderr != "" || strings.Count(stdout, "\n") != 2 {
		t.Fatalf("%d\n%s%s", code, stdout, stderr)
	}
	m.want("/admin/logout", "/admin/login", http.StatusOK) // signed out already
	m.want("/admin/login", "/admin/login", http.StatusForbidden, "name", "admin", "password", adminPassword)
	m.want(linkPath(t, stdout), "/admin/", http.StatusOK, "password", newPassword, "repeat-password", newPassword)

	other := newUser(t, s)
	other.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", newPassword)
	if code, _, stderr := call(t, env, "admin", "reset-password", "nobody"); code != 1 ||
		!strings.Contains(stderr, "no such user") {
		t.Errorf("%d %s", code, stderr)
	}
	if code, _, stderr := call(t, env, "admin", "reset-passwords", "admin"); code != 2 ||
		!strings.Contains(stderr, "usage: namets admin reset-password NAME") {
		t.Errorf("%d %s", code, stderr)
	}
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(s.stderr.String(), "/admin/welcome/"); n < 3 ||
		strings.Contains(strings.Replace(s.stderr.String(), set, "", 1), strings.TrimPrefix(set, "/admin/welcome/")) {
		t.Errorf("the link is in the log of requests:\n%s", s.stderr)
	}
}

func TestAdmin_isSetUpByAPassword(t *testing.T) {
	env := testEnvironment(t, "ADMIN_PASSWORD", "password1234")
	if code, _, stderr := call(t, env, "serve"); code != 2 ||
		!strings.Contains(stderr, "ADMIN_PASSWORD: it is one of those that are tried first") {
		t.Errorf("%d %s", code, stderr)
	}
	if code, _, stderr := call(t, testEnvironment(t, "ADMIN_PASSWORD", "password1234"), "check"); code != 2 ||
		!strings.Contains(stderr, "ADMIN_PASSWORD: it is one of those") {
		t.Errorf("check: %d %s", code, stderr)
	}
	env["ADMIN_PASSWORD"] = adminPassword
	s := startServe(t, env)
	m := newUser(t, s)
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.stderr.String(), adminPassword) || strings.Contains(s.stderr.String(), "/admin/welcome/") {
		t.Errorf("the log:\n%s", s.stderr)
	}

	env["ADMIN_PASSWORD"] = "short" // which does not count any more
	s = startServe(t, env)
	m.s = s
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	wantAbsent(t, "what it stored", stored(t, env["DATA_DIR"]), append(m.cookies(), adminPassword))
	if strings.Contains(s.stderr.String(), m.cookies()[0]) {
		t.Error("a session is in the log")
	}
}

// cookies returns the values of the member's cookies.
func (m *adminUser) cookies() (values []string) {
	m.t.Helper()
	u, err := url.Parse(m.s.url + "/admin/")
	if err != nil {
		m.t.Fatal(err)
	}
	for _, c := range m.Jar.Cookies(u) {
		values = append(values, c.Value)
	}
	if len(values) < 2 {
		m.t.Fatal("no session")
	}
	return values
}

func TestAdmin_andAPIOpenWithTheirOwnKeyOnly(t *testing.T) {
	s := startServe(t, testEnvironment(t, "ADMIN_PASSWORD", adminPassword))
	m := newUser(t, s)
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	for path, want := range map[string]int{"/admin/": http.StatusOK, "/api/subscribers/": http.StatusForbidden} {
		resp, err := m.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with a session %s answers %d", path, resp.StatusCode)
		}
	}
	a := s.get(t, "/admin/")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/admin/login?next=%2Fadmin%2F" {
		t.Errorf("with the token /admin/ answers %d, Location %q", a.status, a.header.Get("Location"))
	}
}

func TestAdmin_hasASecureCookieWhenTheSiteIsHTTPS(t *testing.T) {
	s := startServe(t, testEnvironment(t, "ADMIN_PASSWORD", adminPassword, "PUBLIC_URL", "https://namets.example.org"))
	a := s.postForm(t, "/admin/login", url.Values{"name": {"admin"}, "password": {adminPassword}}.Encode())
	cookies := strings.Join(a.header.Values("Set-Cookie"), "\n")
	if !regexp.MustCompile(`(?m)^__Host-namets=[A-Z2-7]{40,}; Path=/; Max-Age=\d+; HttpOnly; Secure; ` +
		`SameSite=Lax$`).MatchString(cookies) {
		t.Errorf("%d\n%s", a.status, cookies)
	}
}

func TestDemo_printsAPasswordThatOpensTheAdmin(t *testing.T) {
	s := start(t, environment{"PORT": "0"}, "demo")
	s.waitForAddress(t)
	password := s.wait(t, s.stdout, `at http://localhost:\d+/admin/ with the name admin and the password (\S+)`)[1]
	newUser(t, s).want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", password)
}

// page returns what GET answers in the end.
func (m *adminUser) page(path string) string {
	m.t.Helper()
	resp, err := m.Get(m.s.url + path)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(body)
}
