package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// longLines counts the lines of curl that are longer than their box, which scrolls.
const longLines = `[...document.querySelectorAll('article pre')].filter(e =>
	e.textContent.startsWith('curl ') && e.scrollWidth > e.clientWidth && e.tabIndex === 0 &&
	getComputedStyle(e).overflowX === 'auto').length`

// TestBrowser_showsTheAPIReference checks the longest page, which is made of the OpenAPI document.
// The page is too high for an image; there are some of what a window shows.
func TestBrowser_showsTheAPIReference(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	s := harness.StartServe(t, harness.NewEnvironment(t))
	v := &visitor{browser.Page(t, e2e.Viewport{Width: 1280}), t, e2e.Viewport{Width: 1280}, s}
	v.open("/docs/api", http.StatusOK)
	if got := v.Text("h1"); got != "API reference" {
		t.Errorf("the title is %q", got)
	}
	checks := map[e2e.Viewport]func() string{{Width: 360}: v.Barriers, {Width: 1280, Dark: true}: v.Contrasts}
	for _, viewport := range allViewports() {
		v.Viewport(viewport)
		if check := checks[viewport]; check != nil { // each takes seconds, and together they see all
			if found := check(); found != "" {
				t.Errorf("%v:\n%s", viewport, found)
			}
		}
		if n := e2e.Eval[int](v.Page, longLines); n < 20 {
			t.Errorf("%v: %d lines of curl scroll inside their box", viewport, n)
		}
		for _, heading := range []string{"announcements", "add-or-change-many-subscribers", "objects"} {
			e2e.Eval[any](v.Page, "document.getElementById('"+heading+"').scrollIntoView()")
			v.Picture(screenshots(), "docs-api-"+heading+"-"+viewport.String())
		}
	}
	v.Viewport(e2e.Viewport{Width: 360})
	v.Click(`a[href="#subscribers"]`)
	v.Click(`a[href="#add-or-change-many-subscribers"]`)
	if !strings.HasSuffix(v.Address(), "#add-or-change-many-subscribers") || !e2e.Eval[bool](v.Page,
		"Math.abs(document.getElementById('add-or-change-many-subscribers').getBoundingClientRect().top) < 100") {
		t.Errorf("the contents lead a phone to %s", v.Address())
	}
	v.wantOwnRequests()
}
