package page

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLogin_neverLeadsOutOfTheAdmin(t *testing.T) {
	for _, next := range []string{
		"", "/", "https://evil.example/admin/", "//evil.example/admin/", "/admin", "/admin//evil.example", "/admin/../",
		"/admin/..%2f..", "/admin/\\evil",
		"\\/evil.example", "/admin/%5c..", " /admin/", "/admin/\r\nSet-Cookie: a=b", "/admin/%0d%0a",
		"javascript:alert(1)", "/api/subscribers/", "/admin/%zz", "/adminx/",
	} {
		if got := inside(next); got != "/admin/" {
			t.Errorf("%q redirects to %q", next, got)
		}
	}
	for _, next := range []string{"/admin/", "/admin/account", "/admin/subscribers?search=a%40b&sort=-name",
		"/admin/users/1"} {
		if got := inside(next); got != next {
			t.Errorf("%q redirects to %q", next, got)
		}
	}
	base, err := url.Parse("https://namets.example/admin/login")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		next := rapid.OneOf(rapid.String(), rapid.StringMatching(`/admin/[/\\.%a-z0-9:@?#-]*`),
			rapid.StringMatching(`(https?:)?[/\\]{0,3}[a-z.@]{0,8}/admin/.*`)).Draw(t, "next")
		to, err := base.Parse(inside(next))
		if err != nil || to.Host != base.Host || to.Scheme != "https" || !strings.HasPrefix(to.Path, "/admin/") {
			t.Fatalf("%q redirects to %v, %v", next, to, err)
		}
	})
}
