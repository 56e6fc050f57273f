// Package page is what the pages of the admin are made of. [Kit] checks the session, the role and
// the origin of every request, reads its form, and hands a [Visit] to the handler of the [Route].
// The handler fills a struct that embeds [Base] and ends with [Visit.Render], or ends a change
// with [Visit.Done], which redirects and shows a message there.
//
// What the structs of pages hold is here too: [Field], [Check] and [Fault] of forms, [Pager],
// [Column] and [Empty] of lists, [When] for times, [Confirmation] for questions, and the templates
// that show them, under templates/parts. Addresses of subscribers go through [Visit.Email], which
// masks them for viewers; times through [Visit.When].
package page

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/web"
)

//go:embed templates
var templates embed.FS

// Config is what [New] needs; every field but the flag, Uploads and RefusalPause is required.
type Config struct {
	// Renderer gives the pages their layout and the site's name.
	Renderer *web.Renderer
	// Sessions know who is signed in.
	Sessions *auth.Sessions
	// Accounts let users in.
	Accounts *auth.Accounts
	// WebhooksOn says that there is an address to which webhooks go.
	WebhooksOn bool
	// Uploads is the directory in which files that somebody sends are kept while they are worked
	// on, made when it is needed. Its volume is to have room for them. Empty: the system's for
	// temporary files.
	Uploads string
	// PublicURL is the address of the site, without a slash at its end.
	PublicURL string
	// Zone is the site's time zone: times are shown and typed in it.
	Zone *time.Location
	// RefusalPause is how long a refused sign-in waits for its answer, half as much more or less;
	// 0: not at all.
	RefusalPause time.Duration
	// Now returns the current time.
	Now func() time.Time
}

// Site is what the kit serves: the pages with their templates.
type Site struct {
	// Routes is the table of all pages and actions; those of the sign-in are the kit's own.
	Routes []Route
	// Menu is the navigation. Entries without a route are left out.
	Menu []MenuGroup
	// Templates hold a file for each page, with its name and .html, and parts for the pages next
	// to them. No two pages have one name.
	Templates []fs.FS
}

// Kit serves the pages of the admin. It is safe for concurrent use.
type Kit struct {
	cfg      Config
	pages    func() (map[string]*web.Pages, error) // parsed at the first use: a start must not wait for them
	sameSite *auth.SameSite
	menu     []MenuGroup
	once     Once[int64] // forms for new rows
	table    []Route
	keeping  slots         // of maxKeeping
	uploads  *uploads      // files that are worked on
	slowed   chan struct{} // refusals that are held back
}

// New makes the kit that serves the site.
func New(cfg Config, site Site) (*Kit, error) {
	if cfg.Renderer == nil || cfg.Sessions == nil || cfg.Accounts == nil || cfg.PublicURL == "" || cfg.Zone == nil ||
		cfg.Now == nil {
		return nil, errors.New("make admin: a required field of its configuration is missing")
	}
	sameSite, err := auth.NewSameSite(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("make admin: %w", err)
	}
	k := &Kit{cfg: cfg, sameSite: sameSite, keeping: make(slots, maxKeeping), uploads: newUploads(cfg.Uploads),
		slowed: make(chan struct{}, maxSlowed)}
	k.pages = sync.OnceValues(func() (map[string]*web.Pages, error) { return parse(cfg.Renderer, site.Templates) })
	k.table = append(k.SignIn(), site.Routes...)
	k.menu = existing(site.Menu, k.table)
	return k, nil
}

// parse returns for each page the set of templates to which it belongs.
func parse(r *web.Renderer, sets []fs.FS) (map[string]*web.Pages, error) {
	r, err := r.With(templates, "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	byName := map[string]*web.Pages{}
	own, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	for _, files := range append(sets, own) {
		list, err := fs.Glob(files, "*.html")
		if err != nil {
			return nil, err
		}
		for i := range list {
			list[i] = strings.TrimSuffix(list[i], path.Ext(list[i]))
		}
		pages, err := r.Pages(files, list...)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			if byName[name] != nil {
				return nil, fmt.Errorf("two pages are called %s", name)
			}
			byName[name] = pages
		}
	}
	return byName, nil
}

// Routes returns the table of all pages and actions.
func (k *Kit) Routes() []Route { return k.table }

// Mount adds the pages to e.
func (k *Kit) Mount(e *echo.Echo) {
	for _, r := range k.table {
		e.Add(r.Method, r.Path, k.guard(r))
	}
}

// BodyLimits returns the largest body of a request, in bytes, by route, where it is not the
// server's own.
func (k *Kit) BodyLimits() map[string]int64 {
	limits := map[string]int64{}
	for _, r := range k.table {
		if r.largest > 0 {
			limits[r.Path] = r.largest + maxForm
		}
	}
	return limits
}
