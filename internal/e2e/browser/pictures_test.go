package browser_test

import (
	"net/http"
	"os"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// TestBrowser_showsThePicturesOfTheDocumentation opens the pages in the pictures of the
// documentation. With the variable NAMETS_PICTURES it writes the pictures to that folder:
// .ci/pictures
func TestBrowser_showsThePicturesOfTheDocumentation(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	s := harness.Start(t, harness.Environment{"PORT": "0", "SITE_NAME": "NAMETS Jos"}, "demo")
	s.WaitForAddress(t)
	password := s.Wait(t, s.Stdout, `the password ([0-9a-f]+)`)[1]
	folder := os.Getenv("NAMETS_PICTURES")
	desktop := e2e.Viewport{Width: 960}
	v := &visitor{browser.Page(t, desktop), t, desktop, s}

	v.open("/", http.StatusOK)
	v.Picture(folder, "public")
	v.open("/admin/", http.StatusOK)
	v.Fill("#f-name", "admin")
	v.Fill("#f-password", password)
	v.Follow("form .button")
	v.Picture(folder, "overview")
	v.open("/admin/prayer-times", http.StatusOK)
	v.Follow("a[rel=next]")
	v.Picture(folder, "prayer-times")
	for _, p := range []struct{ name, path, title string }{
		{"subscribers", "/admin/subscribers", "Subscribers"},
		{"announcement", "/admin/announcements/new", "New announcement"},
	} {
		v.open(p.path, http.StatusOK)
		if got := v.Text("h1"); got != p.title {
			t.Errorf("%s: the title is %q, want %q", p.name, got, p.title)
		}
		v.Picture(folder, p.name)
	}
	v.Viewport(e2e.Viewport{Width: 360, Dark: true})
	v.open("/admin/announcements", http.StatusOK)
	v.Picture(folder, "phone")
}
