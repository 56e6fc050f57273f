package web

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/labstack/echo/v4"
)

// Pages is a set of page templates with a common layout. It is immutable and safe for concurrent
// use.
type Pages struct {
	renderer  *Renderer
	templates map[string]*template.Template // page name → its template in the layout
}

// Pages parses the named pages from fsys: for "home" the file home.html, which defines the template
// "main". Files in the folder parts, if it exists, are parsed into each of them. Errors: a named
// page without a file, a file that is not named, and a template that can never be rendered.
func (r *Renderer) Pages(fsys fs.FS, names ...string) (*Pages, error) {
	if err := checkDeclared(fsys, names); err != nil {
		return nil, err
	}
	parts, err := fs.Glob(fsys, "parts/*.html")
	if err != nil {
		return nil, fmt.Errorf("list page parts: %w", err)
	}
	set := &Pages{renderer: r, templates: make(map[string]*template.Template)}
	for _, name := range names {
		t, err := r.parse(fsys, append(slices.Clone(parts), name+".html"))
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		set.templates[name] = t
	}
	return set, nil
}

// checkDeclared compares the files of fsys with the names of the pages.
func checkDeclared(fsys fs.FS, names []string) error {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return fmt.Errorf("list page templates: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		declared := path.Ext(name) == ".html" && slices.Contains(names, name[:len(name)-len(".html")])
		if !declared && !(entry.IsDir() && name == "parts") {
			return fmt.Errorf("list page templates: %s belongs to no page", name)
		}
	}
	return nil
}

func (r *Renderer) parse(fsys fs.FS, files []string) (*template.Template, error) {
	t, err := r.layout.Clone()
	if err != nil {
		return nil, err
	}
	if t, err = t.ParseFS(fsys, files...); err != nil {
		return nil, err
	}
	// Escaping happens at the first execution. Executing now reports missing templates; it does not
	// matter that there is no data.
	if err, ok := errors.AsType[*template.Error](t.Execute(io.Discard, nil)); ok {
		return nil, err
	}
	return t, nil
}

// Render responds with the named page. data is a pointer to the page's struct, whose base Render
// completes. It does not change the header Cache-Control if the handler has set it. On an error
// nothing has been written.
func (p *Pages) Render(c echo.Context, status int, name string, data Data) error {
	t, ok := p.templates[name]
	if !ok {
		return fmt.Errorf("render page: no page %q", name)
	}
	return p.renderer.render(c, status, t, data)
}
