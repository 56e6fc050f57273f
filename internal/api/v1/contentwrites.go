package v1

import (
	"context"
	"net/http"
	"reflect"

	"namets/internal/namets"
)

// writeStore changes and deletes the rows of content. The store documents the errors.
type writeStore interface {
	onceStore
	ChangeAnnouncement(context.Context, namets.Change[namets.Announcement]) (namets.Changed[namets.Announcement], error)
	RemoveAnnouncement(context.Context, namets.Removal) (namets.Changed[namets.Announcement], error)
	ChangeEvent(context.Context, namets.Change[namets.Event]) (namets.Changed[namets.Event], error)
	RemoveEvent(context.Context, namets.Removal) (namets.Changed[namets.Event], error)
	ChangeEventCategory(context.Context,
		namets.Change[namets.EventCategory]) (namets.Changed[namets.EventCategory], error)
	RemoveEventCategory(context.Context, namets.Removal) (namets.Changed[namets.EventCategory], error)
	Patrons(context.Context) ([]namets.Patron, error)
	ChangePatron(context.Context, namets.Change[namets.Patron]) (namets.Changed[namets.Patron], error)
	RemovePatron(context.Context, namets.Removal) (namets.Changed[namets.Patron], error)
	ChangePrayerSchedule(context.Context,
		namets.Change[namets.PrayerSchedule]) (namets.Changed[namets.PrayerSchedule], error)
	RemovePrayerSchedule(context.Context, namets.Removal) (namets.Changed[namets.PrayerSchedule], error)
}

// The rows with an outcome, as a PUT answers.
type (
	// AnnouncementOutcome is an announcement and what was done.
	AnnouncementOutcome struct {
		Announcement
		Outcome
	}
	// EventOutcome is an event and what was done.
	EventOutcome struct {
		Event
		Outcome
	}
	// PatronOutcome is a patron and what was done.
	PatronOutcome struct {
		Patron
		Outcome
	}
	// PrayerDayOutcome is a prayer day and what was done.
	PrayerDayOutcome struct {
		PrayerDay
		Outcome
	}
)

// addContentWrites registers the operations that write content.
func (a *API) addContentWrites() {
	announcements, events := a.writableAnnouncements(), a.writableEvents()
	categories, patrons := a.writableCategories(), a.writablePatrons()
	announcements.addByID()
	announcements.addByKey()
	events.addByID()
	events.addByKey()
	categories.addByID()
	patrons.addByID()
	patrons.addByKey()
	a.addPrayerWrites()
}

// bodyOf describes bodies of the type B for rows that the type R describes.
func bodyOf[R, B any](a *API) rowBody {
	return newRowBody[R, B](a.huma.OpenAPI().Components.Schemas, reflect.TypeFor[B]().Name())
}

// gone describes the answer to a deletion.
func gone[R any](text string) reply { return one[Removed[R]](http.StatusOK, text) }

// writeContent and writePeople are the scopes of writing.
func writeContent() namets.Scopes { return namets.Scopes{namets.ScopeContentWrite} }
func writePeople() namets.Scopes  { return namets.Scopes{namets.ScopePeopleWrite} }

func (a *API) writableAnnouncements() *writable[namets.Announcement, AnnouncementBody] {
	type row = namets.Announcement
	return &writable[row, AnnouncementBody]{
		api: a, body: bodyOf[Announcement, AnnouncementBody](a), path: "/announcements", one: "announcement",
		id: "Announcement", tag: tagAnnouncements, scopes: writeContent(), reads: namets.ScopeContentRead,
		required: []string{"title", "content"},
		found:    oneRow[Written[Announcement]](http.StatusOK, "The announcement"),
		gone:     gone[Announcement]("The announcement as it was"),
		upserted: reflect.TypeFor[Written[AnnouncementOutcome]](),
		change:   store.ChangeAnnouncement, remove: store.RemoveAnnouncement,
		blank: func(context.Context, namets.RowRef) (row, error) { return namets.NewAnnouncement(a.now()), nil },
		meta:  func(r *row) *namets.Meta { return &r.Meta },
		apply: (*AnnouncementBody).apply, validate: (*row).ValidateChange,
		mails: func(was, r *row) bool {
			return r.SendEmail && (was == nil || !was.SendEmail || r.IsActive && !was.IsActive ||
				!r.PublishAt.Equal(was.PublishAt))
		},
		write: a.announcementRow,
	}
}

func (a *API) writableEvents() *writable[namets.Event, EventBody] {
	type row = namets.Event
	return &writable[row, EventBody]{
		api: a, body: bodyOf[Event, EventBody](a), path: "/events", one: "event", id: "Event", tag: tagEvents,
		scopes: writeContent(), reads: namets.ScopeContentRead, required: []string{"title", "start_datetime"},
		found: oneRow[Written[Event]](http.StatusOK, "The event"), gone: gone[Event]("The event as it was"),
		upserted: reflect.TypeFor[Written[EventOutcome]](), change: store.ChangeEvent, remove: store.RemoveEvent,
		blank: func(context.Context, namets.RowRef) (row, error) {
			e := namets.NewEvent(a.now())
			e.Start, e.End = row{}.Start, row{}.End
			return e, nil
		},
		meta: func(r *row) *namets.Meta { return &r.Meta },
		apply: func(b *EventBody, r *row, e *edited) {
			b.apply(r, e, func(cancelled bool) { r.SetCancelled(cancelled, a.now()) })
		},
		validate: (*row).ValidateChange,
		mails: func(was, r *row) bool {
			return r.SendEmail && (was == nil || !was.SendEmail || r.TakesPlace(a.now()) && !was.TakesPlace(a.now()))
		},
		write: a.eventRow,
	}
}

func (a *API) writableCategories() *writable[namets.EventCategory, CategoryBody] {
	type row = namets.EventCategory
	return &writable[row, CategoryBody]{
		api: a, body: bodyOf[Category, CategoryBody](a), path: "/categories", one: "category", id: "Category",
		tag: tagCategories, scopes: writeContent(), reads: namets.ScopeContentRead, required: []string{"name"},
		found: oneRow[Written[Category]](http.StatusOK, "The category"), gone: gone[Category]("The category as it was"),
		change: store.ChangeEventCategory, remove: store.RemoveEventCategory,
		blank: func(context.Context, namets.RowRef) (c row, err error) { return c, nil },
		meta:  func(r *row) *namets.Meta { return &r.Meta },
		apply: (*CategoryBody).apply, validate: (*row).ValidateChange,
		write: a.categoryRow,
	}
}

func (a *API) writablePatrons() *writable[namets.Patron, PatronBody] {
	type row = namets.Patron
	return &writable[row, PatronBody]{
		api: a, body: bodyOf[Patron, PatronBody](a), path: "/patrons", one: "patron", id: "Patron", tag: tagPatrons,
		scopes: writePeople(), reads: namets.ScopePeopleRead, required: []string{"name"},
		found: oneRow[Written[Patron]](http.StatusOK, "The patron"), gone: gone[Patron]("The patron as they were"),
		upserted: reflect.TypeFor[Written[PatronOutcome]](), change: store.ChangePatron, remove: store.RemovePatron,
		blank: func(ctx context.Context, _ namets.RowRef) (row, error) {
			list, err := a.store.Patrons(ctx)
			return namets.NewPatron(list), err
		},
		meta:  func(r *row) *namets.Meta { return &r.Meta },
		apply: (*PatronBody).apply, validate: (*row).ValidateChange,
		write: a.patronRow,
		full:  func(r *row, revision int64) []byte { return a.form().AppendPatron(nil, r, revision, true) },
	}
}
