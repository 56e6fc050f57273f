// Package api serves the six paths that n8n workflows read (CONTRACT.md, sections 1 to 6), as JSON,
// byte for byte.
//
// It promises that a response is never stale: a request sees every write that was acknowledged
// before the request began. Rows are kept encoded in memory, in one snapshot per table, which the
// first request after a change rebuilds. No response is cached by its URL. The package writes
// nothing to the store.
package api

import (
	"context"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
)

// store provides the rows of the snapshots. Each reading method reads in one transaction and may
// reuse the row that it passes to yield; an error of yield ends it and is returned. Errors carry
// [namets.Unavailable] if a retry may help.
type store interface {
	// Generation returns a function that returns how often rows of the kind have changed. The
	// number grows after a change is committed and before it is acknowledged.
	Generation(namets.Kind) func() uint64
	// Recipients reads the active subscribers by id.
	Recipients(ctx context.Context, yield func(*namets.Recipient) error) error
	// ActiveAnnouncements reads the active announcements, newest publish_at first, then by id.
	ActiveAnnouncements(ctx context.Context, yield func(*namets.Announcement) error) error
	// ActiveEvents reads the active events by start, then by id.
	ActiveEvents(ctx context.Context, yield func(*namets.Event) error) error
	// ActivePrayerSchedules reads the active schedules by date.
	ActivePrayerSchedules(ctx context.Context, yield func(*namets.PrayerSchedule) error) error
}

// Config configures an [API]; every field is required.
type Config struct {
	Store store
	Token *auth.APIToken
	// Zone is the site's time zone, for times in responses, for a since without an offset, and for
	// today.
	Zone *time.Location
	// LinkPrefix precedes the token in a subscriber's personal link, such as
	// https://example.org/manage/; a slash follows the token.
	LinkPrefix string
	// Now is the clock.
	Now func() time.Time
}

// API has the handlers of the six paths. Safe for concurrent use.
type API struct {
	answers
	store   store
	token   *auth.APIToken
	zone    *time.Location
	now     func() time.Time
	linkKey string
	tails   [allFlags + 1]string // preferences → the end of a row of P1

	subscribers   snapshot[subscribers]
	announcements snapshot[announcements]
	events        snapshot[events]
	prayers       snapshot[prayers]

	misread, misreadLong misread // the since of P2 and P6
}

// New returns an API. It reads nothing yet and starts no goroutine.
func New(c Config) *API {
	link := namets.AppendString(nil, c.LinkPrefix)
	a := &API{
		answers: newAnswers(),
		store:   c.Store,
		token:   c.Token,
		zone:    c.Zone,
		now:     c.Now,
		linkKey: `,"unsubscribe_url":` + string(link[:len(link)-1]),
	}
	for f := range a.tails {
		a.tails[f] = preferencesTail(flags(f))
	}
	a.subscribers.init(a, namets.KindSubscribers, a.readSubscribers)
	a.announcements.init(a, namets.KindAnnouncements, a.readAnnouncements)
	a.events.init(a, namets.KindEvents, a.readEvents)
	a.prayers.init(a, namets.KindPrayerSchedules, a.readPrayers)
	return a
}

// Stats describes the snapshots, always in the same order. It does not block.
func (a *API) Stats() []SnapshotStats {
	return []SnapshotStats{
		a.subscribers.stats(namets.KindSubscribers),
		a.announcements.stats(namets.KindAnnouncements),
		a.events.stats(namets.KindEvents),
		a.prayers.stats(namets.KindPrayerSchedules),
	}
}
