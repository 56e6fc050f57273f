package admin

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"namets/internal/auth"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/web"
)

//go:embed templates
var templates embed.FS

// store is what the pages read and change. Each page declares its part next to its handlers.
type store interface {
	timelineStore
	announcementStore
	eventStore
	eventCategoryStore
	prayerStore
	deliveryStore
	overviewStore
	downloadStore
	restoreStore
	accountStore
	userStore
	patronStore
	subscriberStore
	bulkStore
	mergeStore
	messageStore
	tableStore
	tokenStore
}

// Config is what [New] needs; every field but Rotator, the flags and those that are only shown is
// required.
type Config struct {
	// Renderer gives the pages their layout and the site's name.
	Renderer *web.Renderer
	// Store is the database.
	Store store
	// Sessions know who is signed in.
	Sessions *auth.Sessions
	// Accounts let users in and give them passwords.
	Accounts *auth.Accounts
	// Token is the source of the API token.
	Token tokenSource
	// TokenLocation names where the source reads the token, TokenOverlap is how long a replaced
	// one is accepted. Rotator writes a new one there; nil: only the host can change it.
	TokenLocation string
	TokenOverlap  time.Duration
	Rotator       token.Rotator
	// WebhookKeys returns the keys that sign webhooks, the newest first.
	WebhookKeys func() []secret.Value
	// Backups are the copies of the database.
	Backups backups
	// Restorer restores backups.
	Restorer restorer
	// Health returns how the service itself does.
	Health func() Health
	// Version is that of the program, Settings the configuration as it is.
	Version  string
	Settings []Setting
	// Misread says how often a parameter of the API was not understood; nil: nobody counts.
	Misread func() []Misread
	// Concerns are what the operator should look at in the configuration.
	Concerns []Concern
	// WebhooksOn says that there is an address to which webhooks go, DoubleOptIn that subscribing
	// has to be confirmed.
	WebhooksOn, DoubleOptIn bool
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

// Admin answers the pages under /admin/. It is safe for concurrent use.
type Admin struct {
	cfg      Config
	store    store
	pages    func() (*web.Pages, error) // parsed at the first use: a start must not wait for them
	sameSite *auth.SameSite
	menu     []menuGroup
	once     once // forms for new rows
	table    []route
	sent     sentOnce
	rotated  rotations
	demands  map[string][]string
	keeping  slots         // of maxKeeping
	uploads  *uploads      // files that are worked on
	slowed   chan struct{} // refusals that are held back
}

// New parses the pages.
func New(cfg Config) (*Admin, error) {
	if cfg.Renderer == nil || cfg.Store == nil || cfg.Sessions == nil || cfg.Accounts == nil || cfg.Token == nil ||
		cfg.WebhookKeys == nil || cfg.Backups == nil || cfg.Restorer == nil || cfg.Health == nil ||
		cfg.PublicURL == "" || cfg.Zone == nil || cfg.Now == nil {
		return nil, errors.New("make admin: a required field of its configuration is missing")
	}
	sameSite, err := auth.NewSameSite(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("make admin: %w", err)
	}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, fmt.Errorf("open admin templates: %w", err)
	}
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list admin templates: %w", err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".html")
	}
	pages := sync.OnceValues(func() (*web.Pages, error) { return cfg.Renderer.Pages(files, names...) })
	a := &Admin{cfg: cfg, store: cfg.Store, pages: pages, sameSite: sameSite, demands: demands(),
		keeping: make(slots, maxKeeping), uploads: newUploads(cfg.Uploads), slowed: make(chan struct{}, maxSlowed)}
	a.table = a.routes()
	a.menu = existing(menu(), a.table)
	return a, nil
}

// now returns the current time in the site's zone.
func (a *Admin) now() time.Time { return a.cfg.Now().In(a.cfg.Zone) }
