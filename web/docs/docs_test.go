package docs_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	v1 "namets/internal/api/v1"
	"namets/static"
	"namets/web"
	"namets/web/docs"
	"namets/web/webtest"
)

const contract = "# The contract\n\n## 1. Endpoints\n\n<b onclick=x>raw</b> and [a link](https://example.org/)\n"

// operations returns the OpenAPI document of this version.
func operations() ([]byte, error) {
	return v1.New(v1.Config{PublicURL: "https://mosque.example", Version: "v1.2.3"}).Document()
}

func serve(t *testing.T) *echo.Echo {
	t.Helper()
	assets, err := static.New(static.FS)
	if err != nil {
		t.Fatal(err)
	}
	r, err := web.New(web.Config{SiteName: "Site", Assets: assets, Texts: web.English()})
	if err != nil {
		t.Fatal(err)
	}
	d, err := docs.New(docs.Config{Renderer: r, Version: "v1.2.3", Contract: contract, OpenAPI: operations})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	d.Mount(e)
	return e
}

func get(e *echo.Echo, target string, headers ...string) *httptest.ResponseRecorder {
	req, rec := httptest.NewRequest("GET", target, nil), httptest.NewRecorder()
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	e.ServeHTTP(rec, req)
	return rec
}

// addresses returns where the embedded pages are, with the contract.
func addresses(t *testing.T) []string {
	t.Helper()
	list := []string{"/docs/reference/contract", "/docs/api"}
	err := fs.WalkDir(docs.Files, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" && name != "README.md" {
			list = append(list, "/docs/"+strings.TrimSuffix(name, ".md"))
		}
		return err
	})
	if err != nil || len(list) < 20 {
		t.Fatal(list, err)
	}
	return list
}

func TestDocs_everyPageIsShownAndEveryLinkLeadsToAHeading(t *testing.T) {
	e := serve(t)
	pages := map[string]webtest.Node{}
	for _, address := range append(addresses(t), "/docs/") {
		rec := get(e, address)
		doc := webtest.Parse(t, rec.Body)
		if rec.Code != http.StatusOK || len(doc.All("h1")) != 1 || len(doc.Inline()) > 0 || doc.Has("main script") {
			t.Errorf("%s: status %d, %d titles, inline %q", address, rec.Code, len(doc.All("h1")), doc.Inline())
		}
		if !strings.Contains(doc.One("main").Text(), "namets v1.2.3") {
			t.Errorf("%s does not show the version", address)
		}
		if policy := rec.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: the policy is %q", address, policy)
		}
		pages[address] = doc
	}
	for address, doc := range pages {
		for _, link := range doc.All("main a[href]") {
			target, err := url.Parse(link.Attr("href"))
			if err != nil {
				t.Fatal(err)
			}
			if target.Host != "" {
				continue
			}
			other, ok := pages[target.Path]
			if target.Path == "" {
				other, ok = doc, true
			}
			if !ok || target.Fragment != "" && !other.Has("[id="+target.Fragment+"]") {
				if target.Path != "/docs/reference/contract" || !ok {
					t.Errorf("%s: the link to %s leads nowhere", address, link.Attr("href"))
				}
			}
		}
		for _, picture := range doc.All("main img") {
			rec := get(e, picture.Attr("src"))
			if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Type"), "image/") ||
				picture.Attr("alt") == "" {
				t.Errorf("%s: %s: status %d, described as %q", address, picture.Attr("src"), rec.Code,
					picture.Attr("alt"))
			}
		}
	}
}

func TestDocs_leaveRawMarkupOut(t *testing.T) {
	doc := webtest.Parse(t, get(serve(t), "/docs/reference/contract").Body)
	if doc.Has("main b") {
		t.Error("the page has markup of its source")
	}
	if rel := doc.One("main a[href=https://example.org/]").Attr("rel"); rel != "noopener noreferrer" {
		t.Errorf("a link to elsewhere has rel %q", rel)
	}
}

func TestDocs_otherSpellingsOfAnAddressLeadToThePage(t *testing.T) {
	e := serve(t)
	for from, to := range map[string]string{
		"/docs": "/docs/", "/docs/README.md": "/docs/", "/docs/README": "/docs/",
		"/docs/author/connect.md": "/docs/author/connect", "/docs/author/connect/": "/docs/author/connect",
	} {
		if rec := get(e, from); rec.Code != http.StatusMovedPermanently || rec.Header().Get("Location") != to {
			t.Errorf("%s: status %d to %q, want %q", from, rec.Code, rec.Header().Get("Location"), to)
		}
	}
	for _, unknown := range []string{"/docs/nothing", "/docs/author", "/docs/author/", "/docs/docs.go",
		"/docs/templates/page.html",
		"/docs/../docs.go", "/docs/author%2Fconnect.md/x", "/docs/%00"} {
		if rec := get(e, unknown); rec.Code != http.StatusNotFound {
			t.Errorf("%s: status %d to %q, want 404", unknown, rec.Code, rec.Header().Get("Location"))
		}
	}
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, httptest.NewRequest("POST", "/docs/", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", rec.Code)
	}
}

func TestDocs_areNotSentAgainToAClientThatHasThem(t *testing.T) {
	e := serve(t)
	for _, target := range []string{"/docs/", "/docs/operator/backup", "/docs/?q=backup"} {
		first := get(e, target)
		tag := first.Header().Get("ETag")
		if again := get(e, target, "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified ||
			again.Body.Len() > 0 {
			t.Errorf("%s under %s: status %d, %d bytes", target, tag, again.Code, again.Body.Len())
		}
		if other := get(e, target, "If-None-Match", `"x"`); other.Code != http.StatusOK {
			t.Errorf("%s under another tag: status %d", target, other.Code)
		}
	}
	if get(e, "/docs/").Header().Get("ETag") == get(e, "/docs/operator/backup").Header().Get("ETag") {
		t.Error("two pages have one tag")
	}
}

func TestDocs_searchFindsHeadingsFirstThenText(t *testing.T) {
	e := serve(t)
	for _, tt := range []struct{ query, first, also string }{
		{"litestream", "/docs/operator/backup#litestream", ""},
		{"RUNBOOK", "/docs/operator/runbook", ""},
		{"token_overlap", "", "/docs/operator/configuration"},
		{"replays refuse", "/docs/author/verify#refuse-replays", ""},
		{"endpoints", "/docs/reference/contract#1-endpoints", ""},
	} {
		links := webtest.Parse(t, get(e, "/docs/?q="+url.QueryEscape(tt.query)).Body).All("main li a")
		var hrefs []string
		for _, link := range links {
			hrefs = append(hrefs, link.Attr("href"))
		}
		found := strings.Join(hrefs, " ")
		if len(hrefs) == 0 || tt.first != "" && hrefs[0] != tt.first || !strings.Contains(found, tt.also) {
			t.Errorf("%q: found %s", tt.query, found)
		}
	}
	const hostile = `"><script>alert(1)</script>`
	doc := webtest.Parse(t, get(e, "/docs/?q="+url.QueryEscape(hostile)).Body)
	if got := doc.One("#q").Attr("value"); got != hostile || doc.Has("main script") || doc.Has("main li") {
		t.Errorf("the query comes back as %q", got)
	}
	long := webtest.Parse(t, get(e, "/docs/?q="+strings.Repeat("a", 201)).Body)
	if long.One("#q").Attr("value") != "" {
		t.Error("a search that is too long was run")
	}
}

func TestNew_wantsEverything(t *testing.T) {
	if _, err := docs.New(docs.Config{Version: "v1"}); err == nil {
		t.Error("no renderer, no contract, no error")
	}
}

// The pictures are part of the program and of every clone.
func TestDocs_picturesAreSmall(t *testing.T) {
	total := int64(0)
	pictures, err := fs.Glob(docs.Files, "committee/pictures/*.webp")
	if err != nil || len(pictures) == 0 {
		t.Fatal(pictures, err)
	}
	for _, name := range pictures {
		info, err := fs.Stat(docs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 600<<10 {
		t.Errorf("the pictures have %d bytes", total)
	}
}

func TestAPI_hasACurlLineForEveryOperation(t *testing.T) {
	page := get(serve(t), "/docs/api").Body.String()
	doc := webtest.Parse(t, strings.NewReader(page))
	headings, lines := len(doc.All("h3")), strings.Count(page, "curl ")
	if objects := strings.Count(page, " object</h3>"); headings-objects != lines || lines < 20 {
		t.Errorf("%d operations, %d curl lines", headings-objects, lines)
	}
	for _, body := range regexp.MustCompile(`-d &#39;(.{12})`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(body[1], "{&#34;") && !strings.HasPrefix(body[1], "{&quot;") &&
			!strings.HasPrefix(body[1], "{}") && !strings.HasPrefix(body[1], "[{") {
			t.Errorf("a line sends a body that no operation takes: %s", body[1])
		}
	}
	for _, want := range []string{"/api/v1/subscribers?limit=200", "API reference", "content:write", "/replay?since="} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if !strings.Contains(get(serve(t), "/docs/").Body.String(), `href="/docs/api"`) {
		t.Error("the table of contents does not lead there")
	}
}

// TestAPI_isFoundFromItsContents checks that each heading has one anchor, that a reader gets to
// each from the top of the page, and that it says of every body and value what that is.
func TestAPI_isFoundFromItsContents(t *testing.T) {
	page := get(serve(t), "/docs/api").Body.String()
	doc := webtest.Parse(t, strings.NewReader(page))
	links := map[string]bool{}
	for _, a := range doc.All("article a") {
		links[a.Attr("href")] = true
	}
	seen := map[string]bool{}
	for _, heading := range append(doc.All("article h2"), doc.All("article h3")...) {
		anchor := "#" + heading.Attr("id")
		if seen[anchor] || !links[anchor] {
			t.Errorf("%s is the anchor of two headings, or no link leads there", anchor)
		}
		seen[anchor] = true
	}
	for link := range links {
		if strings.HasPrefix(link, "#") && !seen[link] {
			t.Errorf("the link to %s leads nowhere", link)
		}
	}
	if strings.Contains(page, "<td></td>\n<td>") {
		t.Error("a table has an empty cell before its last column")
	}
	if broken := regexp.MustCompile(`The body is [^.]*(: |of )\.`).FindString(page); broken != "" {
		t.Error(broken)
	}
}
