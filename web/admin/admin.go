// Package admin assembles the pages under /admin/, for members of the committee who have signed in.
// They work without JavaScript and have no inline scripts or styles.
//
// The pages are in the packages content, people and system, which do not import each other. Each
// has a table of routes with the role that each page and action requires; only listed routes are
// mounted. Before a handler runs, [page.Kit] has checked the session, the role and, for changes,
// that the request comes from a page of this site. A viewer sees pages with addresses masked and is
// told why a change is refused. The admin is in English: its texts are in the templates, and
// messages are next to the code that sends them.
//
// To add a page:
//
//  1. thing.go in the package to which it belongs: a struct that embeds page.Base, a handler
//     func (a *Admin) things(v *page.Visit) error that fills the struct (Base: v.Page("Things"))
//     and ends with v.Render(http.StatusOK, "things", &data). A change ends with
//     v.Done("/admin/things", "Saved."), which redirects and shows the message there. The handler
//     declares the store methods that it needs in a small interface in thing.go, embedded in the
//     store of the package.
//  2. templates/things.html next to it: {{define "main"}}…{{end}}. Shared templates like "field",
//     "faults", "pager", "when" and "empty" are in page/templates/parts; their structs are in
//     form.go, list.go, table.go and when.go of package page.
//  3. A row in Routes of the package, and in menu.go if the page belongs in the navigation.
//  4. thing_test.go here, because the tests use the assembled pages like browsers: newWorld(t)
//     starts them on a real database; w.get(namets.Editor, path) requests a page as that role.
package admin

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"

	"namets/web/admin/content"
	"namets/web/admin/page"
	"namets/web/admin/people"
	"namets/web/admin/system"
)

// Config is the configuration for [New]: the common part, and one for each group of pages.
type Config struct {
	Page    page.Config
	Content content.Config
	People  people.Config
	System  system.Config
}

// Admin serves the pages under /admin/. It is safe for concurrent use.
type Admin struct{ *page.Kit }

// New returns the pages. Their templates are parsed at the first request.
func New(cfg Config) (*Admin, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	kit, err := page.New(cfg.Page, page.Site{
		Routes:    routes(content.New(cfg.Content), people.New(cfg.People), system.New(cfg.System)),
		Menu:      menu(),
		Templates: []fs.FS{content.Templates(), people.Templates(), system.Templates()},
	})
	if err != nil {
		return nil, err
	}
	return &Admin{kit}, nil
}

// check returns an error if a required field is missing.
func (c *Config) check() error {
	s := &c.System
	if c.Content.Store == nil || c.People.Store == nil || c.People.Sessions == nil || c.People.Accounts == nil ||
		s.Store == nil || s.Accounts == nil || s.Token == nil || s.WebhookKeys == nil || s.Backups == nil ||
		s.Restorer == nil || s.Health == nil || s.Now == nil {
		return errors.New("make admin: a required field of its configuration is missing")
	}
	return nil
}

// routes joins the tables of all pages and actions behind the sign-in.
func routes(c *content.Admin, p *people.Admin, s *system.Admin) (all []page.Route) {
	for _, list := range [][]page.Route{c.Routes(), p.Routes(), s.Routes()} {
		all = append(all, list...)
	}
	return all
}

// Mount adds the pages to e.
func (a *Admin) Mount(e *echo.Echo) {
	a.Kit.Mount(e)
	e.GET("/admin", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/admin/") })
}

// Paths returns the GET patterns of all pages.
func Paths() []string {
	var list []string
	all := append(new(page.Kit).SignIn(), routes(new(content.Admin), new(people.Admin), new(system.Admin))...)
	for _, r := range all {
		if r.Method == http.MethodGet {
			list = append(list, r.Path)
		}
	}
	return list
}
