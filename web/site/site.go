// Package site holds the public pages: what anybody may see without signing in, and the forms and
// personal links with which people subscribe and leave.
//
// No form needs JavaScript, a cookie, a hidden field or an Origin header. A 303 follows only a
// commit. What a form answers does not depend on whether an address is known.
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

// board is what the pages show. Errors carry [namets.NotFound] where a single row is asked for.
type board interface {
	// CurrentAnnouncements returns those that are active, published and not expired, pinned ones
	// first, then the newest.
	CurrentAnnouncements(ctx context.Context, now time.Time, skip, limit int) ([]namets.Announcement, error)
	// AnnouncementBySlug returns any announcement.
	AnnouncementBySlug(ctx context.Context, slug string) (namets.Announcement, error)
	// UpcomingEvents returns those that are active and not over, by start.
	UpcomingEvents(ctx context.Context, now time.Time, skip, limit int) ([]namets.Event, error)
	// EventBySlug returns any event.
	EventBySlug(ctx context.Context, slug string) (namets.Event, error)
	// PrayerSchedules returns active schedules from the day on, by date. Days may be missing.
	PrayerSchedules(ctx context.Context, from namets.Date, limit int) ([]namets.PrayerSchedule, error)
}

// subscriptions is what the forms change. Everything that they return was committed.
type subscriptions interface {
	// RequestSubscription does what the form asks for, as far as a stranger may.
	RequestSubscription(context.Context, namets.Actor, namets.SubscriptionRequest, namets.Links) error
	// Confirmation returns what a link confirms. Errors: NotFound, also when it has expired.
	Confirmation(ctx context.Context, secret string) (namets.Confirmation, error)
	// Confirm carries it out. Errors: NotFound; Conflict when that has happened.
	Confirm(ctx context.Context, by namets.Actor, secret, from string) (namets.Subscriber, error)
	// NeverWrite keeps everything from the address that a link asks. Errors: as those of Confirm.
	NeverWrite(ctx context.Context, by namets.Actor, secret string) error
	// SubscriberByToken returns the owner of a personal link. Errors: NotFound.
	SubscriberByToken(context.Context, namets.UUID) (namets.Subscriber, error)
	// ChangePreferences sets what the owner wants to know about. Errors: NotFound.
	ChangePreferences(context.Context, namets.Actor, namets.UUID, namets.Preferences) error
	// Unsubscribe deletes the owner. Errors: NotFound.
	Unsubscribe(context.Context, namets.Actor, namets.UUID) error
	// RequestLink sends the personal link to the address, if it has one.
	RequestLink(ctx context.Context, by namets.Actor, email string, links namets.Links) error
}

// Config is what [New] needs; every field but DoubleOptIn is required.
type Config struct {
	// Renderer gives the pages their layout, language and the site's name.
	Renderer *web.Renderer
	// Texts is the language of the renderer.
	Texts *web.Texts
	// Board and Subscriptions are the storage.
	Board         board
	Subscriptions subscriptions
	// Links makes personal links: it is the public address of the site, without a slash at its end.
	Links namets.Links
	// DoubleOptIn lets a subscription count only once the address has confirmed it.
	DoubleOptIn bool
	// Zone is the site's time zone: dates and times are shown in it.
	Zone *time.Location
	// Now returns the current time.
	Now func() time.Time
	// Pace is how long the answer to a form with an address takes at least, so that its time tells
	// no more about the address than the answer does. It is longer than the storage takes, by the
	// clock on the wall. 0: as long as it takes.
	Pace time.Duration
}

// Site answers the public pages. It is safe for concurrent use.
type Site struct {
	cfg      Config
	t        *web.Texts
	pages    func() (*web.Pages, error) // parses them, once
	sameSite *auth.SameSite
	limits   limits
}

// New makes the site. Its pages are parsed for the first visitor: n8n, which a start keeps
// waiting, needs none.
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

// page returns the base of the page at the path, which may be no entry of the navigation.
func (s *Site) page(title, path string) web.Page {
	nav := []web.Link{
		{Text: s.t.Nav.Announcements, Path: announcementsPath},
		{Text: s.t.Nav.Events, Path: eventsPath},
		{Text: s.t.Nav.Prayers, Path: prayersPath},
		{Text: s.t.Nav.Subscribe, Path: subscribePath},
	}
	for i := range nav {
		nav[i].Current = nav[i].Path == path
	}
	return web.Page{Title: title, Nav: nav}
}

// render answers with the named page, as [web.Pages.Render] does.
func (s *Site) render(c echo.Context, status int, name string, data web.Data) error {
	pages, err := s.pages()
	if err != nil {
		return fmt.Errorf("parse the public pages: %w", err)
	}
	return pages.Render(c, status, name, data)
}

// visitor is who acts on the public pages. Where they come from is kept with their consent, as a
// keyed hash.
func visitor() namets.Actor { return namets.Actor{Kind: namets.Visitor} }

// evenly calls do and returns what it returns, not before the pace has gone by or the client has.
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
