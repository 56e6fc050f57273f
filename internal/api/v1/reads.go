package v1

import (
	"context"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// readStore reads the rows of all kinds.
type readStore interface {
	AnnouncementPage(context.Context, namets.ContentFilter, namets.RowPage,
		func(*namets.Announcement, int64) error) error
	EventPage(context.Context, namets.ContentFilter, namets.EventPage, func(*namets.Event, int64) error) error
	CategoryPage(ctx context.Context, search string, p namets.RowPage,
		yield func(*namets.EventCategory, int64) error) error
	PatronPage(ctx context.Context, search string, active *bool, p namets.RowPage,
		yield func(*namets.Patron, int64) error) error
	PrayerPage(context.Context, namets.PrayerPage, func(*namets.PrayerSchedule, int64) error) error
	SubscriberPage(context.Context, namets.SubscriberFilter, namets.RowPage,
		func(*namets.Subscriber, int64) error) error
	AnnouncementRow(context.Context, namets.RowRef) (namets.Announcement, int64, error)
	EventRow(context.Context, namets.RowRef) (namets.Event, int64, error)
	CategoryRow(context.Context, namets.RowRef) (namets.EventCategory, int64, error)
	PatronRow(context.Context, namets.RowRef) (namets.Patron, int64, error)
	PrayerRow(context.Context, namets.RowRef) (namets.PrayerSchedule, int64, error)
	SubscriberRow(context.Context, namets.RowRef) (namets.Subscriber, int64, error)
	SubscriberAt(ctx context.Context, email string) (namets.Subscriber, int64, error)
}

// The headings of the reference.
const (
	tagAnnouncements = "Announcements"
	tagEvents        = "Events"
	tagCategories    = "Categories"
	tagPrayerDays    = "Prayer days"
	tagSubscribers   = "Subscribers"
	tagPatrons       = "Patrons"
	tagHooks         = "Hooks"
	tagConsumers     = "Consumers"
)

// readContent and readPeople are the scopes of reading.
func readContent() namets.Scopes { return namets.Scopes{namets.ScopeContentRead} }
func readPeople() namets.Scopes  { return namets.Scopes{namets.ScopePeopleRead} }

// addReads registers the operations that read rows.
func (a *API) addReads() {
	a.addContentReads()
	a.addPrayerReads()
	a.addPeopleReads()
}

// rowsOf returns the rows that each yields as a page, with the cursor of the last one.
func rowsOf[R any](r *Request, limit int, each func(yield func(*R, int64) error) error,
	add func(b []byte, row *R, revision int64) (longer []byte, cursor string)) (*answer, error) {
	l, last := newList(limit), ""
	err := each(func(row *R, revision int64) error {
		l.body, last = add(l.next(), row, revision)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.page(l, last), nil
}

// cursor returns an id as the cursor of a page.
func cursor(id int64) string { return strconv.FormatInt(id, 10) }

// rows returns the page as the store knows it.
func (p Page) rows(c Changed) namets.RowPage {
	return namets.RowPage{After: p.After, Limit: p.Limit, UpdatedSince: c.UpdatedSince}
}

// oneByID are the parameters of a read by id, oneByKey by the author's key.
type (
	oneByID struct {
		ByID
		Conditional
	}
	oneByKey struct {
		ByKey
		Conditional
	}
)

// readOne registers the two reads of one row of a kind: by id and by key. write returns the row and
// its ETag.
func readOne[R any](a *API, kind namets.Kind, path, tag string, scopes namets.Scopes, found reply,
	find func(readStore, context.Context, namets.RowRef) (R, int64, error),
	write func(row *R, revision int64) (body []byte, etag string)) {
	get := func(ctx context.Context, ref namets.RowRef, c Conditional) (*answer, error) {
		row, revision, err := find(a.store, ctx, ref)
		if err != nil {
			return nil, err
		}
		body, etag := write(&row, revision)
		return c.row(body, etag), nil
	}
	name := strings.TrimPrefix(kind.Info().One, "event ") // an event category is a category here
	id := "get" + strings.ToUpper(name[:1]) + name[1:]
	read(a, operation{id: id, path: path + "/{id}", tag: tag, scopes: scopes,
		summary: "Get one " + name, replies: []reply{found}},
		func(ctx context.Context, _ *Request, p *oneByID) (*answer, error) {
			return get(ctx, namets.RowRef{ID: p.ID}, p.Conditional)
		})
	read(a, operation{id: id + "ByKey", path: path + "/by-key/{key}", tag: tag, scopes: scopes,
		summary: "Get one " + name + " by its key", replies: []reply{found}},
		func(ctx context.Context, _ *Request, p *oneByKey) (*answer, error) {
			return get(ctx, namets.RowRef{Key: p.Key}, p.Conditional)
		})
}
