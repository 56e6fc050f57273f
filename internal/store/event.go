package store

import (
	"context"
	"fmt"
	"time"

	"namets/internal/namets"
)

func events() *table[namets.Event] {
	type row = namets.Event
	return &table[row]{
		schema: schema{
			kind: namets.KindEvents, known: "title",
			announcedColumn: "announced_at", announcedOnce: true,
			columns: withMeta([]column{
				{name: "id"}, {name: "title"}, {name: "slug", parked: parkedText}, {name: "description"},
				{name: "category_id"}, {name: "start_datetime"}, {name: "end_datetime"}, {name: "location"},
				{name: "is_featured"}, {name: "is_active", switches: true},
				{name: "send_email", switches: true}, {name: "cancelled_at"},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.Events },
		fields: func(r *row) []any {
			return withMetaOf(&r.Meta,
				&r.ID, &r.Title, &r.Slug, &r.Description, optionalID{&r.CategoryID}, instant{&r.Start},
				instant{&r.End}, &r.Location, flag{&r.IsFeatured}, flag{&r.IsActive}, flag{&r.SendEmail},
				optionalInstant{&r.CancelledAt},
			)
		},
		announced: func(r *row, im *importer) any { return im.announcedBy(r.SendEmail) },
		at: func(r *row) time.Time {
			if !r.SendEmail {
				return time.Time{}
			}
			return r.Start
		},
		prepare: func(ctx context.Context, t *tx, was, e *row) (err error) {
			if err := t.checkCategory(ctx, e); err != nil {
				return err
			}
			if e.Slug == "" && was != nil {
				e.Slug = was.Slug
			}
			e.Slug, err = events().freeSlug(ctx, t, e.Slug, e.Title)
			return err
		},
		settle: func(ctx context.Context, t *tx, was, e *row, quiet bool) error {
			if was != nil && !quiet {
				if err := t.notifyAboutEvent(ctx, was, e); err != nil {
					return err
				}
			}
			return t.announceEvent(ctx, e, quiet)
		},
		check: func(ctx context.Context, im *importer, rows []row) error { return im.checkCategories(ctx, rows) },
	}
}

const activeEvents = `where is_active and cancelled_at is null order by start_datetime, id`

// ActiveEvents calls yield for every active event that is not cancelled, by start, then id, in one
// read transaction. It stops at the first error and returns it.
func (db *DB) ActiveEvents(ctx context.Context, yield func(*namets.Event) error) error {
	return events().each(ctx, db.reader, activeEvents, yield)
}

// EventList returns at most limit events that match f, starting at offset, latest start first.
func (db *DB) EventList(ctx context.Context, f namets.ContentFilter, offset, limit int) ([]namets.Event, error) {
	where, args := db.contentConditions(f, "start_datetime", "end_datetime", "cast(category_id as text)",
		"(cancelled_at is not null)")
	return events().all(ctx, db.reader, listed("events", where, "start_datetime desc, id desc", offset, limit), args...)
}

func publicEvents(d Dialect) string {
	return d.IndexedBy("events_public") + `
	where is_active and (end_datetime > $1 or start_datetime >= $1)
	order by start_datetime, id limit $2 offset $3`
}

// UpcomingEvents returns up to limit events that are active and not over, cancelled ones too, after
// the first skip: by start, then by id.
func (db *DB) UpcomingEvents(ctx context.Context, now time.Time, skip, limit int) ([]namets.Event, error) {
	return events().all(ctx, db.reader, publicEvents(db.dialect), now.UnixMicro(), limit, skip)
}

// EventBySlug returns the event with the slug. Errors: NotFound.
func (db *DB) EventBySlug(ctx context.Context, slug string) (namets.Event, error) {
	return events().by(ctx, db.reader, "slug", slug)
}

// EventAnnouncedAt is like AnnouncementAnnouncedAt, for an event.
func (db *DB) EventAnnouncedAt(ctx context.Context, id int64) (*time.Time, error) {
	return db.announcedAt(ctx, "events", id)
}

// Event returns the event with the id, and its revision. Errors: NotFound.
func (db *DB) Event(ctx context.Context, id int64) (namets.Event, int64, error) {
	return events().row(ctx, db.reader, id)
}

// CreateEvent stores e under a new id; an empty Slug is made from the title. If e is due (see
// [namets.Event.Due]), event_created is queued. Errors: Conflict with Field slug; Invalid with
// Field category_id.
func (db *DB) CreateEvent(ctx context.Context, by namets.Actor, e namets.Event) (id int64, err error) {
	done, err := db.ChangeEvent(ctx, storing(by, 0, 0, e))
	return done.Row.ID, err
}

// UpdateEvent overwrites the event with e's id, except CancelledAt. A revision other than 0 must
// match the stored one; an empty Slug keeps the stored one. If e is due and was never announced,
// event_created is queued; if it was queued and then skipped because e was no longer due, that
// delivery is sent after all. Another start, end or place is announced to hooks. Errors: NotFound;
// Invalid with Field category_id; Conflict, with Field slug, or without a field for another
// revision.
func (db *DB) UpdateEvent(ctx context.Context, by namets.Actor, revision int64, e namets.Event) error {
	c := storing(by, e.ID, revision, e)
	c.Edit = func(row *namets.Event, _ int64) error {
		cancelled := row.CancelledAt
		*row = e
		row.CancelledAt = cancelled
		return nil
	}
	_, err := db.ChangeEvent(ctx, c)
	return err
}

// CancelEvent cancels the event with the id, or revives it. A revision other than 0 must match the
// stored one. A cancelled event is not announced any more; its pending announcement is skipped, and
// sent after all if the event is revived. Hooks get event_cancelled. Errors: NotFound; Conflict for
// another revision.
func (db *DB) CancelEvent(ctx context.Context, by namets.Actor, id, revision int64, cancelled bool) error {
	_, err := db.ChangeEvent(ctx, namets.Change[namets.Event]{By: by, Row: namets.RowRef{ID: id},
		Accepts: namets.ExactRevision(revision),
		Edit: func(row *namets.Event, _ int64) error {
			row.SetCancelled(cancelled, db.now())
			return nil
		}})
	return err
}

// ChangeEvent carries out c, as CreateEvent, UpdateEvent and CancelEvent do. Errors: theirs and
// that of c.Edit; the Conflict for another revision has the cause [namets.ErrOtherRevision].
func (db *DB) ChangeEvent(ctx context.Context,
	c namets.Change[namets.Event]) (namets.Changed[namets.Event], error) {
	return changeRow(ctx, db, events(), c)
}

// DeleteEvent removes the event with the id. Its pending deliveries are skipped. Errors: NotFound.
func (db *DB) DeleteEvent(ctx context.Context, by namets.Actor, id int64) error {
	return removeByID(ctx, db, events(), by, id)
}

// RemoveEvent is DeleteEvent for a row that may be absent. Errors: Conflict with the cause
// [namets.ErrOtherRevision].
func (db *DB) RemoveEvent(ctx context.Context, r namets.Removal) (namets.Changed[namets.Event], error) {
	return removeRow(ctx, db, events(), r)
}

func (t *tx) checkCategory(ctx context.Context, e *namets.Event) error {
	if e.CategoryID == nil {
		return nil
	}
	_, _, err := eventCategories().row(ctx, t, *e.CategoryID)
	if namets.CodeOf(err) == namets.NotFound {
		return &namets.Error{Code: namets.Invalid,
			Field: "category_id", Message: fmt.Sprintf("there is no event category %d", *e.CategoryID)}
	}
	return err
}

// announceEvent queues the notification of e if e is due and its notification has not been queued
// yet. With quiet, e counts as announced, if it was to be.
func (t *tx) announceEvent(ctx context.Context, e *namets.Event, quiet bool) error {
	if quiet && e.SendEmail {
		return t.countAsAnnounced(ctx, namets.KindEvents, e.ID)
	}
	if !e.Due(t.now) {
		return nil
	}
	first, err := t.changes(ctx, `update events set announced_at = $2 where id = $1 and announced_at is null`, e.ID,
		t.now.UnixMicro())
	if err != nil || !first {
		return err
	}
	to, err := t.audience(ctx, namets.EventCreated)
	if err != nil {
		return err
	}
	return t.queueOnce(ctx, namets.NewEventNotification(e, t.zone), subject{namets.KindEvents, e.ID}, to)
}
