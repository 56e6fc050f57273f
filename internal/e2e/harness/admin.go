package harness

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"
)

// The passwords of these tests.
const (
	AdminPassword = "lantern otter gravel moss"
	NewPassword   = "seventeen blue bicycles"
)

// AdminUser is a user of a running service with a browser without JavaScript.
type AdminUser struct {
	*http.Client
	T *testing.T
	S *Service
}

// NewUser returns a user who has not signed in.
func NewUser(t *testing.T, s *Service) *AdminUser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &AdminUser{&http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}, t, s}
}

// Submit sends a form, with its fields as name, value, name, value, and returns the address and the
// status after all redirects.
func (m *AdminUser) Submit(path string, fields ...string) (end string, status int) {
	m.T.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	resp, err := m.PostForm(m.S.URL+path, form)
	if err != nil {
		m.T.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.Request.URL.Path, resp.StatusCode
}

// Want posts a form and checks the final address and status.
func (m *AdminUser) Want(path, end string, status int, fields ...string) {
	m.T.Helper()
	if gotEnd, gotStatus := m.Submit(path, fields...); gotEnd != end || gotStatus != status {
		m.T.Errorf("%s ends with %d at %s, want %d at %s", path, gotStatus, gotEnd, status, end)
	}
}

// LinkPath returns the path of the first link in a text with which a user sets a password.
func LinkPath(t *testing.T, text string) string {
	t.Helper()
	path := regexp.MustCompile(`/admin/welcome/[A-Z2-7]+`).FindString(text)
	if path == "" {
		t.Fatalf("no link in %s", text)
	}
	return path
}

// Cookies returns the values of the user's cookies.
func (m *AdminUser) Cookies() (values []string) {
	m.T.Helper()
	u, err := url.Parse(m.S.URL + "/admin/")
	if err != nil {
		m.T.Fatal(err)
	}
	for _, c := range m.Jar.Cookies(u) {
		values = append(values, c.Value)
	}
	if len(values) < 2 {
		m.T.Fatal("no session")
	}
	return values
}

// Page returns the response to GET after all redirects.
func (m *AdminUser) Page(path string) string {
	m.T.Helper()
	resp, err := m.Get(m.S.URL + path)
	if err != nil {
		m.T.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		m.T.Fatal(err)
	}
	return string(body)
}
