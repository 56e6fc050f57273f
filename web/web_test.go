package web_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"namets/static"
	"namets/web"
	"namets/web/webtest"
)

func newRenderer(t *testing.T, siteName string) *web.Renderer {
	t.Helper()
	assets, err := static.New(static.FS)
	if err != nil {
		t.Fatal(err)
	}
	r, err := web.New(web.Config{SiteName: siteName, Assets: assets, Texts: web.English()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type wordPage struct {
	web.Page
	Word string
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func newPages(t *testing.T, siteName, main string) *web.Pages {
	t.Helper()
	pages, err := newRenderer(t,
		siteName).Pages(fstest.MapFS{"word.html": file(`{{define "main"}}` + main + `{{end}}`)}, "word")
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// answer runs handle for one request and returns what it wrote.
func answer(t *testing.T, method string, handle echo.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	if err := handle(echo.New().NewContext(httptest.NewRequest(method, "/", nil), rec)); err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestRender_putsThePageIntoTheLayout(t *testing.T) {
	pages := newPages(t, "Site", `<p class="word">{{.Word}}</p>`)
	rec := answer(t, "GET", func(c echo.Context) error {
		nav := []web.Link{{Text: "Home", Path: "/"}, {Text: "Words", Path: "/words/", Current: true}}
		return pages.Render(c, http.StatusTeapot, "word", &wordPage{Page: web.Page{Title: "A word", Nav: nav},
			Word: "salaam"})
	})
	if rec.Code != http.StatusTeapot || rec.Header().Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Errorf("got status %d, type %q", rec.Code, rec.Header().Get("Content-Type"))
	}
	doc := webtest.Parse(t, rec.Body)
	for selector, want := range map[string]string{
		"title": "A word · Site", ".brand": "Site", "main .word": "salaam", "nav a[aria-current=page]": "Words",
		"a.skip[href=#main]": "Skip to content",
	} {
		if got := doc.One(selector).Text(); got != want {
			t.Errorf("%s: got %q, want %q", selector, got, want)
		}
	}
	if got := doc.One("html").Attr("lang"); got != "en" {
		t.Errorf("got language %q", got)
	}
}

func TestRender_linksOnlyToAssetsThatAreServed(t *testing.T) {
	r := newRenderer(t, "Site")
	e := echo.New()
	r.Mount(e)
	rec := answer(t, "GET", func(c echo.Context) error { return r.RenderError(c, 404, "") })
	links := webtest.Parse(t, rec.Body).All("link[href]")
	if len(links) == 0 {
		t.Error("the layout has no links to assets")
	}
	for _, link := range links {
		for _, method := range []string{"GET", "HEAD"} {
			got := httptest.NewRecorder()
			e.ServeHTTP(got, httptest.NewRequest(method, link.Attr("href"), nil))
			if got.Code != http.StatusOK {
				t.Errorf("%s %s: got status %d", method, link.Attr("href"), got.Code)
			}
		}
	}
}

func TestRender_escapesWhatItIsGiven(t *testing.T) {
	const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	pages := newPages(t, hostile, `<p class="word" title="{{.Word}}"><a href="{{.Word}}">{{.Word}}</a></p>`)
	rec := answer(t, "GET", func(c echo.Context) error {
		return pages.Render(c, 200, "word", &wordPage{Page: web.Page{Title: hostile}, Word: "javascript:" + hostile})
	})
	doc := webtest.Parse(t, rec.Body)
	if doc.Has("script") || doc.Has("img") || len(doc.Inline()) > 0 {
		t.Errorf("the page holds what it was given as markup: %q", doc.Inline())
	}
	if got := doc.One(".brand").Text(); got != hostile {
		t.Errorf("got name %q", got)
	}
}

func TestRender_sendsAStrictPolicy(t *testing.T) {
	pages := newPages(t, "Site", "")
	h := answer(t, "GET", func(c echo.Context) error { return pages.Render(c, 200, "word", &wordPage{}) }).Header()
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "connect-src 'self'",
		"form-action 'self'",
		"base-uri 'none'", "frame-ancestors 'none'",
	} {
		if !strings.Contains(policy+";", want+";") {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("policy %q is not strict", policy)
	}
	if got := h.Get("Permissions-Policy"); !strings.Contains(got, "geolocation=()") {
		t.Errorf("got Permissions-Policy %q", got)
	}
	if got, want := h.Get("Cache-Control"), "private, no-cache"; got != want {
		t.Errorf("got Cache-Control %q, want %q", got, want)
	}
}

func TestRender_leavesTheHandlersCacheControl(t *testing.T) {
	pages := newPages(t, "Site", "")
	h := answer(t, "GET", func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		return pages.Render(c, 200, "word", &wordPage{})
	}).Header()
	if got := h.Get("Cache-Control"); got != "no-store" {
		t.Errorf("got Cache-Control %q", got)
	}
}

func TestRender_answersHeadLikeGetWithoutBody(t *testing.T) {
	pages := newPages(t, "Site", "text")
	handle := func(c echo.Context) error { return pages.Render(c, 200, "word", &wordPage{}) }
	get, head := answer(t, "GET", handle), answer(t, "HEAD", handle)
	if head.Code != 200 || head.Body.Len() != 0 {
		t.Errorf("got status %d, %d bytes", head.Code, head.Body.Len())
	}
	for name := range get.Header() {
		if got, want := head.Header().Get(name), get.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestRender_writesNothingWhenThePageFails(t *testing.T) {
	pages := newPages(t, "Site", `before {{index .Word 99}}`)
	for _, name := range []string{"word", "nothing"} {
		rec := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest("GET", "/", nil), rec)
		if err := pages.Render(c, 200, name, &wordPage{}); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if c.Response().Committed || rec.Body.Len() > 0 || len(rec.Header()) > 0 {
			t.Errorf("%s: something was written: %q, %v", name, rec.Body, rec.Header())
		}
	}
}

func TestPages_refusesABadSetAtTheStart(t *testing.T) {
	const main = `{{define "main"}}x{{end}}`
	tests := []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"missing", fstest.MapFS{"a.html": file(main)}, "b.html"},
		{"undeclared", fstest.MapFS{"a.html": file(main), "b.html": file(main), "c.html": file(main)}, "c.html"},
		{"foreign", fstest.MapFS{"a.html": file(main), "b.html": file(main), "README": file("x")}, "README"},
		{"without main", fstest.MapFS{"a.html": file(main), "b.html": file(`{{define "mian"}}x{{end}}`)}, "main"},
		{"broken", fstest.MapFS{"a.html": file(main), "b.html": file(`{{define "main"}}{{if}}`)}, "b.html"},
		{"never safe", fstest.MapFS{"a.html": file(main),
			"b.html": file(`{{define "main"}}<a {{if .X}}href="{{end}}>{{end}}`)}, "b.html"},
		{"part missing", fstest.MapFS{"a.html": file(main),
			"b.html": file(`{{define "main"}}{{template "row"}}{{end}}`)}, "row"},
	}
	for _, test := range tests {
		_, err := newRenderer(t, "Site").Pages(test.files, "a", "b")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.name, err, test.want)
		}
	}
}

func TestPages_sharesPartsAndLetsThemReplaceTheNavigation(t *testing.T) {
	set, err := newRenderer(t, "Site").Pages(fstest.MapFS{
		"word.html":      file(`{{define "main"}}{{template "row" .Word}}{{end}}`),
		"parts/row.html": file(`{{define "row"}}<b>{{.}}</b>{{end}}`),
		"parts/nav.html": file(`{{define "nav"}}<nav id="own"></nav>{{end}}`),
	}, "word")
	if err != nil {
		t.Fatal(err)
	}
	rec := answer(t, "GET", func(c echo.Context) error { return set.Render(c, 200, "word", &wordPage{Word: "w"}) })
	doc := webtest.Parse(t, rec.Body)
	if doc.One("main b").Text() != "w" || !doc.Has("nav#own") {
		t.Error("the parts are not in the page")
	}
}

func TestNew_refusesAnEmptyConfig(t *testing.T) {
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("got no error")
	}
}

func TestTemplates_holdNothingInline(t *testing.T) {
	count := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".html") {
			return err
		}
		count++
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		// An action is plain text to the HTML parser.
		if inline := webtest.Parse(t, bytes.NewReader(text)).Inline(); len(inline) > 0 {
			t.Errorf("%s: %q", name, inline)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 3 {
		t.Errorf("only %d templates were found", count)
	}
}
