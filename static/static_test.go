package static_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"namets/static"
)

func newAssets(t *testing.T, fsys fs.FS) *static.Assets {
	t.Helper()
	a, err := static.New(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func urlOf(t *testing.T, a *static.Assets, name string) string {
	t.Helper()
	url, err := a.URL(name)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func request(a *static.Assets, method, target string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	a.Handler().ServeHTTP(rec, httptest.NewRequest(method, target, nil))
	return rec
}

func TestFS_holdsOnlyWhatABrowserNeeds(t *testing.T) {
	err := fs.WalkDir(static.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(name, ".go") {
			t.Errorf("Go source is embedded: %s", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHandler_servesEveryFileUnderItsHashedURL(t *testing.T) {
	a := newAssets(t, static.FS)
	types := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	count := 0
	err := fs.WalkDir(static.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		content, err := fs.ReadFile(static.FS, name)
		if err != nil {
			return err
		}
		rec := request(a, "GET", urlOf(t, a, name))
		if rec.Code != 200 || withoutBlanks(rec.Body.String()) != withoutBlanks(
			comments.ReplaceAllString(string(content), "")) {
			t.Errorf("%s: got status %d and %d bytes of %d: more is missing than comments and blanks", name, rec.Code,
				rec.Body.Len(), len(content))
		}
		if got, want := rec.Header().Get("Content-Type"), types[path.Ext(name)]; got != want {
			t.Errorf("%s: got type %q, want %q", name, got, want)
		}
		if got, want := rec.Header().Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
			t.Errorf("%s: got Cache-Control %q, want %q", name, got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count == 0 {
		t.Error("no file is embedded")
	}
}

// comments are those of the files here: in style sheets anywhere, in scripts on lines of their own.
var comments = regexp.MustCompile(`(?ms)/\*.*?\*/|^[ \t]*//[^\n]*$`)

func withoutBlanks(s string) string { return strings.Join(strings.Fields(s), "") }

// TestFS_keepsToTheStyleThatIsSqueezed holds the files to what can be squeezed without reading
// them: no text in quotes goes over the end of a line, and none holds what looks like a comment or
// the end of a rule.
func TestFS_keepsToTheStyleThatIsSqueezed(t *testing.T) {
	files, err := fs.Glob(static.FS, "*/*")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"[^"]*"`)
	for _, name := range files {
		content, err := fs.ReadFile(static.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			code := !strings.HasPrefix(strings.TrimSpace(line), "//")
			switch path.Ext(name) {
			case ".js":
				if code && (strings.Count(line, "`")%2 != 0 || strings.Contains(line, "/*")) {
					t.Errorf("%s:%d: %s", name, i+1, line)
				}
			case ".css":
				for _, text := range quoted.FindAllString(line, -1) {
					if strings.ContainsAny(text, "{};") || strings.Contains(text, ", ") ||
						strings.Contains(text, "/*") {
						t.Errorf("%s:%d: %s", name, i+1, line)
					}
				}
			}
		}
	}
}

func TestHandler_refusesEverythingElse(t *testing.T) {
	a := newAssets(t, static.FS)
	good := urlOf(t, a, "css/site.css")
	for _, target := range []string{
		"/static/", "/static/css", "/static/css/", "/static/css/site.css", "/static/static.go",
		"/static/css/site.0000000000000000.css", "/static/css/../static.go", "/static//css/site.css",
		good + "/", strings.ToUpper(good), "/",
	} {
		rec := request(a, "GET", target)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: got status %d, want 404", target, rec.Code)
		}
		if got := rec.Header().Get("Cache-Control"); got != "" {
			t.Errorf("%s: a 404 must not be kept, got Cache-Control %q", target, got)
		}
	}
}

func TestHandler_answersHeadWithoutBody(t *testing.T) {
	a := newAssets(t, fstest.MapFS{"css/a.css": {Data: []byte("a{}")}})
	rec := request(a, "HEAD", urlOf(t, a, "css/a.css"))
	if rec.Code != 200 || rec.Body.Len() != 0 || rec.Header().Get("Content-Length") != "3" {
		t.Errorf("got status %d, body %q, length %q", rec.Code, rec.Body, rec.Header().Get("Content-Length"))
	}
}

func TestHandler_refusesToBeWrittenTo(t *testing.T) {
	a := newAssets(t, static.FS)
	rec := request(a, "POST", urlOf(t, a, "css/site.css"))
	if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("got status %d, Allow %q", rec.Code, rec.Header().Get("Allow"))
	}
}

func TestURL_changesWithTheContent(t *testing.T) {
	before := newAssets(t, fstest.MapFS{"css/a.css": {Data: []byte("a{}")}, "css/b.css": {Data: []byte("b{}")}})
	after := newAssets(t, fstest.MapFS{"css/a.css": {Data: []byte("a{b:c}")}, "css/b.css": {Data: []byte("b{}")}})
	if urlOf(t, before, "css/a.css") == urlOf(t, after, "css/a.css") {
		t.Error("the URL of a changed file stayed the same")
	}
	if urlOf(t, before, "css/b.css") != urlOf(t, after, "css/b.css") {
		t.Error("the URL of an unchanged file changed")
	}
	if rec := request(after, "GET", urlOf(t, before, "css/a.css")); rec.Code != http.StatusNotFound {
		t.Errorf("the old URL must not answer with the new content, got status %d", rec.Code)
	}
}

func TestURL_refusesAnUnknownName(t *testing.T) {
	if url, err := newAssets(t, static.FS).URL("css/nothing.css"); err == nil {
		t.Errorf("got %q, want an error", url)
	}
}

func TestNew_refusesAFileOfUnknownType(t *testing.T) {
	_, err := static.New(fstest.MapFS{"css/notes.txt": {Data: []byte("x")}})
	if err == nil || !strings.Contains(err.Error(), "css/notes.txt") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}
