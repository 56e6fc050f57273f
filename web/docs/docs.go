// Package docs is the documentation: Markdown in one folder per kind of reader. Code hosts show the
// files, and the pages under /docs/ show them in the version that is running. The pages are
// rendered once, for the first reader.
package docs

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"namets/web"
)

// Files holds the Markdown and its pictures, by names such as "author/connect.md".
//
//go:embed README.md CHANGELOG.md author committee operator reference
var Files embed.FS

//go:embed templates
var templates embed.FS

const (
	// Prefix is the path of the table of contents; the pages are under it.
	Prefix = "/docs/"
	// contents is the file of the table of contents.
	contents = "README.md"
	// maxQuery is the longest search, in bytes.
	maxQuery = 200
)

// Config configures [New]; every field is required.
type Config struct {
	// Renderer renders the layout of the pages.
	Renderer *web.Renderer
	// Version is the program's version, which every page shows.
	Version string
	// Contract is the Markdown of the API's contract, which is stored with the API's code.
	Contract string
	// OpenAPI returns the OpenAPI document of the open API, in JSON.
	OpenAPI func() ([]byte, error)
}

// Docs serves the documentation. It is safe for concurrent use.
type Docs struct {
	version   string
	book      func() (*book, error)
	templates func() (*web.Pages, error)
}

// New returns the documentation without rendering any page.
func New(cfg Config) (*Docs, error) {
	if cfg.Renderer == nil || cfg.Version == "" || cfg.Contract == "" || cfg.OpenAPI == nil {
		return nil, errors.New("make documentation: renderer, version, contract and OpenAPI document are required")
	}
	views, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, fmt.Errorf("open templates of the documentation: %w", err)
	}
	return &Docs{
		version: cfg.Version,
		book: sync.OnceValues(func() (*book, error) {
			openAPI, err := cfg.OpenAPI()
			if err != nil {
				return nil, err
			}
			return newBook(Files, cfg.Contract, openAPI)
		}),
		templates: sync.OnceValues(func() (*web.Pages, error) { return cfg.Renderer.Pages(views, "contents", "page") }),
	}, nil
}

// Mount adds the pages to e.
func (d *Docs) Mount(e *echo.Echo) {
	methods := []string{http.MethodGet, http.MethodHead}
	e.Match(methods, strings.TrimSuffix(Prefix, "/"), func(c echo.Context) error {
		return c.Redirect(http.StatusMovedPermanently, Prefix)
	})
	e.Match(methods, Prefix+"*", d.show)
}

// show serves the page, the picture or the table of contents at the path. It redirects other
// spellings of a page's address, with .md or a slash at the end.
func (d *Docs) show(c echo.Context) error {
	all, err := d.book()
	if err != nil {
		return err
	}
	name := c.Param("*")
	if picture, ok := all.pictures[name]; ok {
		return showPicture(c, picture)
	}
	plain := strings.TrimSuffix(strings.TrimSuffix(name, "/"), ".md")
	if plain == strings.TrimSuffix(contents, ".md") {
		plain = ""
	}
	page, ok := all.pages[plain]
	if !ok {
		return echo.ErrNotFound
	}
	if plain != name {
		return c.Redirect(http.StatusMovedPermanently, Prefix+plain)
	}
	if plain == "" {
		return d.showContents(c, all)
	}
	return d.render(c, "page", &pageView{Page: base(page.title), Version: d.version, Group: page.group,
		Content: page.html})
}

func (d *Docs) showContents(c echo.Context, all *book) error {
	view := &contentsView{Page: base("Documentation"), Version: d.version, Content: all.pages[""].html}
	if query := strings.ToValidUTF8(c.QueryParam("q"), ""); len(query) <= maxQuery {
		view.Query = strings.TrimSpace(query)
	}
	if view.Query != "" {
		view.Found = all.search(view.Query)
	}
	return d.render(c, "contents", view)
}

func (d *Docs) render(c echo.Context, name string, view web.Data) error {
	views, err := d.templates()
	if err != nil {
		return fmt.Errorf("parse templates of the documentation: %w", err)
	}
	return views.Render(c, http.StatusOK, name, view)
}

// base is the base of a page with the title.
func base(title string) web.Page { return web.Page{Title: title, Tagged: true} }

// picture is an image in the pages.
type picture struct {
	content     []byte
	contentType string
	etag        string
}

func showPicture(c echo.Context, p picture) error {
	h := c.Response().Header()
	h.Set("Content-Type", p.contentType)
	h.Set("Cache-Control", "public, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	web.ServeTagged(c, p.content, p.etag)
	return nil
}

// newPicture reads an image. It fails for an unknown type.
func newPicture(files fs.FS, name string) (picture, error) {
	types := map[string]string{".png": "image/png", ".webp": "image/webp"}
	contentType := types[path.Ext(name)]
	if contentType == "" {
		return picture{}, fmt.Errorf("%s is neither a page nor a picture", name)
	}
	content, err := fs.ReadFile(files, name)
	sum := sha256.Sum256(content)
	return picture{content, contentType, `"` + hex.EncodeToString(sum[:8]) + `"`}, err
}
