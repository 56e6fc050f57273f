// Package web contains what the public pages and the admin share: the renderer, the base page, the
// error page and their texts.
//
// A page is a struct that embeds [Page] and a template that defines "main". Templates contain
// nothing inline: no script, no style, no event handler, because the content security policy of
// every page refuses them. A page is rendered completely before its first byte is written, so a
// failure never leaves half a page.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"namets/static"
)

//go:embed templates
var templates embed.FS

const (
	contentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	permissionsPolicy = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
		"magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)

// Config configures [New].
type Config struct {
	// SiteName is on every page. Not empty.
	SiteName string
	// Assets are the style sheets and icons of package static.
	Assets *static.Assets
	// Texts is the language of the pages, for example [English].
	Texts *Texts
}

// Renderer renders page structs as HTML responses. It is immutable and safe for concurrent use.
type Renderer struct {
	cfg    Config
	layout *template.Template
	errors *Pages
}

// New parses the layout and the error page. A template that cannot be rendered is an error here,
// not at the first request.
func New(cfg Config) (*Renderer, error) {
	if cfg.SiteName == "" || cfg.Assets == nil || cfg.Texts == nil {
		return nil, errors.New("make renderer: site name, assets and texts are required")
	}
	layout, err := template.New("layout.html").
		Funcs(template.FuncMap{"asset": cfg.Assets.URL, "machineTime": MachineTime, "machineDay": MachineDay}).
		ParseFS(templates, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("parse page layout: %w", err)
	}
	r := &Renderer{cfg: cfg, layout: layout}
	if r.errors, err = r.errorPages(); err != nil {
		return nil, err
	}
	return r, nil
}

// With returns a renderer whose pages also have the templates of the files that match the pattern,
// which may take the place of blocks of the layout. Errors: what cannot be parsed.
func (r *Renderer) With(fsys fs.FS, pattern string) (*Renderer, error) {
	layout, err := r.layout.Clone()
	if err == nil {
		layout, err = layout.ParseFS(fsys, pattern)
	}
	if err != nil {
		return nil, fmt.Errorf("parse page parts: %w", err)
	}
	return &Renderer{cfg: r.cfg, layout: layout, errors: r.errors}, nil
}

// Mount adds the static files to e.
func (r *Renderer) Mount(e *echo.Echo) {
	e.Match([]string{http.MethodGet, http.MethodHead}, static.Prefix+"*", echo.WrapHandler(r.cfg.Assets.Handler()))
}

// Page is the base of every page struct: embed it and set what differs. [Pages.Render] completes
// it.
type Page struct {
	// Title is the first part of the window's title. Empty on the home page.
	Title string
	// Nav is the main navigation; empty omits it.
	Nav []Link
	// Theme is light or dark; empty follows the system.
	Theme string
	// Tagged adds an ETag of the content, so that a client that has it gets a 304. For pages that
	// rarely change.
	Tagged bool

	// SiteName and T, the texts, are set by [Pages.Render].
	SiteName string
	T        *Texts
}

// Link is one entry of the navigation.
type Link struct {
	Text string
	Path string
	// Current marks the entry of the current page.
	Current bool
}

func (p *Page) base() *Page { return p }

// Data is a pointer to a struct that embeds [Page]; no other type has it.
type Data interface{ base() *Page }

// render executes the named template in memory, then responds with status and the headers of every
// page. It omits the body for HEAD. On an error nothing has been written.
func (r *Renderer) render(c echo.Context, status int, t *template.Template, data Data) error {
	base := data.base()
	base.SiteName = r.cfg.SiteName
	base.T = r.cfg.Texts
	var body bytes.Buffer
	if err := t.Execute(&body, data); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Permissions-Policy", permissionsPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	if base.Tagged && status == http.StatusOK {
		sum := sha256.Sum256(body.Bytes())
		h.Set("Content-Type", echo.MIMETextHTMLCharsetUTF8)
		ServeTagged(c, body.Bytes(), `"`+hex.EncodeToString(sum[:8])+`"`)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	if c.Request().Method == http.MethodHead {
		h.Set("Content-Type", echo.MIMETextHTMLCharsetUTF8)
		return c.NoContent(status)
	}
	return c.HTMLBlob(status, body.Bytes())
}

// ServeTagged responds with the content under an ETag, or with a 304 to a client that has it. The
// header Content-Type is set.
func ServeTagged(c echo.Context, content []byte, etag string) {
	c.Response().Header().Set("ETag", etag)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(content))
}
