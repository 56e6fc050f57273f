// Package page is the framework of the admin's pages. [Kit] checks the session, the role and the
// origin of every request, reads its form, and passes a [Visit] to the handler of the [Route]. The
// handler fills a struct that embeds [Base] and ends with [Visit.Render], or ends a change with
// [Visit.Done], which redirects and shows a message there.
//
// The fields of these structs are also here: [Field], [Check] and [Fault] for forms, [Pager],
// [Column] and [Empty] for lists, [When] for times, [Confirmation] for confirmations, and the
// templates that show them, under templates/parts. Addresses of subscribers go through
// [Visit.Email], which masks them for viewers; times through [Visit.When].
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

// Templates returns the files in the folder templates of a room's embedded files. It panics if the
// folder is missing, which is a mistake in the program.
func Templates(room embed.FS) fs.FS {
	files, err := fs.Sub(room, "templates")
	if err != nil {
		panic(err)
	}
	return files
}

// Config is the configuration for [New]. All fields are required except the flag, Uploads and
// RefusalPause.
type Config struct {
	// Renderer provides the layout of the pages and the site's name.
	Renderer *web.Renderer
	// Sessions finds the signed-in user.
	Sessions *auth.Sessions
	// Accounts checks passwords.
	Accounts *auth.Accounts
	// WebhooksOn means that a webhook URL is configured.
	WebhooksOn bool
	// Uploads is the directory for uploaded files while they are processed. It is created when
	// needed; its volume needs room for them. Empty: the system's temporary directory.
	Uploads string
	// PublicURL is the URL of the site, without a trailing slash.
	PublicURL string
	// Zone is the site's time zone: times are shown and entered in it.
	Zone *time.Location
	// RefusalPause is the average delay of the response to a failed sign-in, which varies by half
	// of it in both directions; 0: no delay.
	RefusalPause time.Duration
	// Now returns the current time.
	Now func() time.Time
}

// Site is what the kit serves: routes, navigation and templates.
type Site struct {
	// Routes is the table of all pages and actions, without those of the sign-in, which the kit
	// adds.
	Routes []Route
	// Menu is the navigation. Entries without a route are left out.
	Menu []MenuGroup
	// Templates contain a file for each page, <name>.html, and next to them the shared templates.
	// Names of pages are unique.
	Templates []fs.FS
}

// Kit serves the pages of the admin. It is safe for concurrent use.
type Kit struct {
	cfg        Config
	pages      func() (map[string]*web.Pages, error) // parsed at the first use, not to delay the start
	sameSite   *auth.SameSite
	menu       []MenuGroup
	once       Once[int64] // forms for new rows
	table      []Route
	savedForms slots         // of maxSavedForms
	uploads    *uploads      // files being processed
	delayed    chan struct{} // failed sign-ins being delayed
}

// New returns the kit that serves the site.
func New(cfg Config, site Site) (*Kit, error) {
	if cfg.Renderer == nil || cfg.Sessions == nil || cfg.Accounts == nil || cfg.PublicURL == "" || cfg.Zone == nil ||
		cfg.Now == nil {
		return nil, errors.New("make admin: a required field of its configuration is missing")
	}
	sameSite, err := auth.NewSameSite(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("make admin: %w", err)
	}
	k := &Kit{cfg: cfg, sameSite: sameSite, savedForms: make(slots, maxSavedForms), uploads: newUploads(cfg.Uploads),
		delayed: make(chan struct{}, maxDelayed)}
	k.pages = sync.OnceValues(func() (map[string]*web.Pages, error) { return parse(cfg.Renderer, site.Templates) })
	k.table = append(k.SignIn(), site.Routes...)
	k.menu = existing(site.Menu, k.table)
	return k, nil
}

// parse returns for each page its set of templates.
func parse(r *web.Renderer, sets []fs.FS) (map[string]*web.Pages, error) {
	r, err := r.With(templates, "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	byName := map[string]*web.Pages{}
	for _, files := range append(sets, Templates(templates)) {
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

// BodyLimits returns the largest request body in bytes by route, for routes that differ from the
// server's limit.
func (k *Kit) BodyLimits() map[string]int64 {
	limits := map[string]int64{}
	for _, r := range k.table {
		if r.largest > 0 {
			limits[r.Path] = r.largest + maxForm
		}
	}
	return limits
}
