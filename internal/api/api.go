// Package api answers the six paths that n8n workflows read (CONTRACT.md, sections 1 to 6), as
// JSON and to the byte.
//
// It promises that an answer is never stale: a request sees every write that was acknowledged
// before the request began. Rows are kept encoded in memory, one snapshot per table, rebuilt by
// the first request after a change. No answer is cached by its URL. It writes nothing to storage.
package api

import (
	"context"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
)

// store is what the snapshots are made from. Each reading method reads in one transaction, and may
// reuse the row that it passes to yield; an error of yield ends it and is returned. Errors carry
// [namets.Unavailable] when trying again later may help.
type store interface {
	// Generation returns a function that returns how often rows of the kind have changed. The number
	// grows after a change is committed and before it is acknowledged.
	Generation(namets.Kind) func() uint64
	// Recipients reads the active subscribers by id.
	Recipients(ctx context.Context, yield func(*namets.Recipient) error) error
	// ActiveAnnouncements reads those that are active, the newest publish_at first, then by id.
	ActiveAnnouncements(ctx context.Context, yield func(*namets.Announcement) error) error
	// ActiveEvents reads those that are active, by start, then by id.
	ActiveEvents(ctx context.Context, yield func(*namets.Event) error) error
	// ActivePrayerSchedules reads those that are active, by date.
	ActivePrayerSchedules(ctx context.Context, yield func(*namets.PrayerSchedule) error) error
}

// Config is what an [API] needs; every field is required.
type Config struct {
	Store store
	Token *auth.APIToken
	// Zone is the site's time zone: of the times in answers, of a since without an offset, and of
	// today.
	Zone *time.Location
	// LinkPrefix is what is before the token in a subscriber's personal link, as
	// https://example.org/manage/; a slash is after it.
	LinkPrefix string
	// Now is the clock.
	Now func() time.Time
}

// API holds the handlers of the six paths. Safe for concurrent use.
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

// New returns an API that has read nothing yet; it starts no goroutine.
func New(c Config) *API {
	link := appendString(nil, c.LinkPrefix)
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
