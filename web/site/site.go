// Package site contains the public pages: everything that people can see without signing in, and
// the forms and personal links to subscribe and unsubscribe.
//
// No form needs JavaScript, a cookie, a hidden field or an Origin header. A 303 is sent only after
// a commit. The response to a form does not depend on whether an address is known.
package site

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/web"
)

//go:embed templates
var templates embed.FS

// board provides the content of the pages. Errors carry [namets.NotFound] for a missing row.
type board interface {
	// CurrentAnnouncements returns announcements that are active, published and not expired, pinned
	// ones first, then the newest.
	CurrentAnnouncements(ctx context.Context, now time.Time, skip, limit int) ([]namets.Announcement, error)
	// AnnouncementBySlug returns any announcement.
	AnnouncementBySlug(ctx context.Context, slug string) (namets.Announcement, error)
	// UpcomingEvents returns events that are active and not over, by start.
	UpcomingEvents(ctx context.Context, now time.Time, skip, limit int) ([]namets.Event, error)
	// EventBySlug returns any event.
	EventBySlug(ctx context.Context, slug string) (namets.Event, error)
	// PrayerSchedules returns active schedules from the day on, by date. Days may be missing.
	PrayerSchedules(ctx context.Context, from namets.Date, limit int) ([]namets.PrayerSchedule, error)
}

// subscriptions carries out the forms. Its results are committed.
type subscriptions interface {
	// RequestSubscription carries out the form, as far as a stranger may.
	RequestSubscription(context.Context, namets.Actor, namets.SubscriptionRequest, namets.Links) error
	// Confirmation returns what a link confirms. Errors: NotFound, also if it has expired.
	Confirmation(ctx context.Context, secret string) (namets.Confirmation, error)
	// Confirm carries it out. Errors: NotFound; Conflict if that has already happened.
	Confirm(ctx context.Context, by namets.Actor, secret, from string) (namets.Subscriber, error)
	// NeverWrite blocks all e-mails to the address that a link belongs to. Errors: those of
	// Confirm.
	NeverWrite(ctx context.Context, by namets.Actor, secret string) error
	// SubscriberByToken returns the owner of a personal link. Errors: NotFound.
	SubscriberByToken(context.Context, namets.UUID) (namets.Subscriber, error)
	// ChangePreferences sets the owner's topics. Errors: NotFound.
	ChangePreferences(context.Context, namets.Actor, namets.UUID, namets.Preferences) error
	// Unsubscribe deletes the owner. Errors: NotFound.
	Unsubscribe(context.Context, namets.Actor, namets.UUID) error
	// RequestLink sends the personal link to the address, if it has one.
	RequestLink(ctx context.Context, by namets.Actor, email string, links namets.Links) error
}

// Config configures [New]; every field except DoubleOptIn is required.
type Config struct {
	// Renderer provides the pages' layout, language and site name.
	Renderer *web.Renderer
	// Texts is the language of the renderer.
	Texts *web.Texts
	// Board and Subscriptions are implemented by the store.
	Board         board
	Subscriptions subscriptions
	// Links makes personal links. It is the public address of the site, without a slash at the end.
	Links namets.Links
	// DoubleOptIn requires that an address confirms its subscription.
	DoubleOptIn bool
	// Zone is the site's time zone, for dates and times on pages.
	Zone *time.Location
	// Now returns the current time.
	Now func() time.Time
	// Pace is the minimum duration of the response to a form with an address, so that its timing
	// reveals no more about the address than its content. It exceeds the store's time, by the wall
	// clock. 0 means no minimum.
	Pace time.Duration
}

// Site serves the public pages. It is safe for concurrent use.
type Site struct {
	cfg      Config
	t        *web.Texts
	pages    func() (*web.Pages, error) // parses them, once
	sameSite *auth.SameSite
	limits   limits
}

// New returns the site. Its pages are parsed for the first visitor, so that n8n, which needs none,
// does not wait for that at a start.
func New(cfg Config) (*Site, error) {
	if cfg.Renderer == nil || cfg.Texts == nil || cfg.Board == nil || cfg.Subscriptions == nil || cfg.Zone == nil ||
		cfg.Now == nil {
		return nil, errors.New("make site: renderer, texts, storage, zone and clock are required")
	}
	sameSite, err := auth.NewSameSite(string(cfg.Links))
	if err != nil {
		return nil, fmt.Errorf("make site: %w", err)
	}
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, fmt.Errorf("open site templates: %w", err)
	}
	pages := sync.OnceValues(func() (*web.Pages, error) {
		return cfg.Renderer.Pages(files, "home", "announcements", "announcement", "events", "event", "prayers",
			"subscribe", "confirm", "preferences", "unsubscribe", "leave", "result")
	})
	return &Site{cfg: cfg, t: cfg.Texts, pages: pages, sameSite: sameSite, limits: newLimits(cfg.Now)}, nil
}

// now returns the current time in the site's zone.
func (s *Site) now() time.Time { return s.cfg.Now().In(s.cfg.Zone) }

// page returns the base of the page at the path, which may not be in the navigation.
func (s *Site) page(title, path string) web.Page {
	nav := []web.Link{
		{Text: s.t.Nav.Announcements, Path: namets.AnnouncementsPath},
		{Text: s.t.Nav.Events, Path: namets.EventsPath},
		{Text: s.t.Nav.Prayers, Path: namets.PrayerTimesPath},
		{Text: s.t.Nav.Subscribe, Path: subscribePath},
	}
	for i := range nav {
		nav[i].Current = nav[i].Path == path
	}
	return web.Page{Title: title, Nav: nav}
}

// render responds with the named page, as [web.Pages.Render] does.
func (s *Site) render(c echo.Context, status int, name string, data web.Data) error {
	pages, err := s.pages()
	if err != nil {
		return fmt.Errorf("parse the public pages: %w", err)
	}
	return pages.Render(c, status, name, data)
}

// visitor is the actor of changes on the public pages. The network address is stored with the
// consent, as a keyed hash.
func visitor() namets.Actor { return namets.Actor{Kind: namets.Visitor} }

// evenly calls do and returns its result, but not before the pace has passed or the client has
// left.
func (s *Site) evenly(ctx context.Context, do func() error) error {
	pace := time.NewTimer(s.cfg.Pace)
	defer pace.Stop()
	err := do()
	select {
	case <-pace.C:
	case <-ctx.Done():
	}
	return err
}

// client is the network address of the client.
func client(c echo.Context) string { return c.RealIP() }
