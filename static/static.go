// Package static contains the style sheets, scripts and icons of the pages. It serves them under
// names with a hash of their content, so that browsers cache them forever and never show an old
// version.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
)

// FS contains the files of this directory that pages use, by names such as "css/site.css". It
// contains no Go source.
//
//go:embed css js icons
var FS embed.FS

// Prefix is the path under which [Assets.Handler] serves.
const Prefix = "/static/"

// Logo is the name of the site's logo, and Colour its colour in the light palette.
const (
	Logo   = "icons/favicon.svg"
	Colour = "#17583f"
)

// Assets is a set of files in memory, each under a URL made from its name and content. It is
// immutable and safe for concurrent use.
type Assets struct {
	urls  map[string]string // name → URL path
	files map[string]file   // URL path → file
}

type file struct {
	content     []byte
	contentType string
	etag        string
}

// New reads all files of fsys, usually [FS]. A file of an unknown type is an error.
func New(fsys fs.FS) (*Assets, error) {
	a := &Assets{urls: make(map[string]string), files: make(map[string]file)}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return a.add(fsys, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	return a, nil
}

func (a *Assets) add(fsys fs.FS, name string) error {
	ext := path.Ext(name)
	contentType := contentTypeOf(ext)
	if contentType == "" {
		return fmt.Errorf("%s: no content type known for %q", name, ext)
	}
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	content = squeeze(ext, content)
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:8])
	url := Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext
	a.urls[name] = url
	a.files[url] = file{content: content, contentType: contentType, etag: `"` + hash + `"`}
	return nil
}

func contentTypeOf(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return ""
}

var (
	comment     = regexp.MustCompile(`(?s)/\*.*?\*/`)
	lineComment = regexp.MustCompile(`(?m)^\s*//.*\n`)
	indent      = regexp.MustCompile(`(?m)^[ \t]+|\n+$`)
	ruleEnd     = regexp.MustCompile(`\s*([{};,])\s+`)
)

// squeeze removes comments and indentation, which only authors need. It knows the style of the
// files here, not the full languages; a test keeps the files to that style.
func squeeze(ext string, content []byte) []byte {
	switch ext {
	case ".css":
		content = comment.ReplaceAll(content, nil)
		return bytes.TrimSpace(ruleEnd.ReplaceAll(content, []byte("$1")))
	case ".js":
		content = lineComment.ReplaceAll(content, nil)
		return indent.ReplaceAll(content, nil)
	}
	return content
}

// URL returns the path under which the file is served, for example
// /static/css/site.0123456789abcdef.css for "css/site.css". An unknown name is an error.
func (a *Assets) URL(name string) (string, error) {
	url, ok := a.urls[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return url, nil
}

// Handler serves the files to GET and HEAD, with a cache lifetime of a year. Any other path,
// including a known name with another hash, is a 404.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := a.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", f.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
	})
}
