package store

import (
	"context"
	"fmt"

	"namets/internal/namets"
)

// EventCategories returns all event categories by name.
func (db *DB) EventCategories(ctx context.Context) ([]namets.EventCategory, error) {
	return eventCategories().all(ctx, db.reader, "order by name, id")
}

// EventCategory returns the event category with the id, and its revision. Errors: NotFound.
func (db *DB) EventCategory(ctx context.Context, id int64) (namets.EventCategory, int64, error) {
	return eventCategories().row(ctx, db.reader, id)
}

// CreateEventCategory stores c under a new id; an empty Slug is made from the name. Errors:
// Conflict with Field slug.
func (db *DB) CreateEventCategory(ctx context.Context, by namets.Actor, c namets.EventCategory) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if c.Slug, err = eventCategories().freeSlug(ctx, t, c.Slug, c.Name); err != nil {
			return err
		}
		id, err = eventCategories().create(ctx, t, by, &c)
		return err
	})
	return id, err
}

// UpdateEventCategory overwrites the event category with c's id; a revision other than 0 must be
// the stored one, an empty Slug stays what it was. Errors: NotFound; Conflict, with Field slug or,
// for another revision, without one.
func (db *DB) UpdateEventCategory(ctx context.Context, by namets.Actor, revision int64, c namets.EventCategory) error {
	return db.write(ctx, func(t *tx) error {
		_, _, err := eventCategories().update(ctx, t, by, c.ID, revision, func(row *namets.EventCategory) {
			if c.Slug == "" {
				c.Slug = row.Slug
			}
			*row = c
		})
		return err
	})
}

// DeleteEventCategory removes the event category with the id; its events stay, without a category.
// Errors: NotFound.
func (db *DB) DeleteEventCategory(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `update events set category_id = null, revision = revision + 1 where `+
			`category_id = $1`, id)
		if err != nil {
			return err
		}
		_, err = eventCategories().delete(ctx, t, by, id)
		return err
	})
}

// Event returns the event with the id, and its revision. Errors: NotFound.
func (db *DB) Event(ctx context.Context, id int64) (namets.Event, int64, error) {
	return events().row(ctx, db.reader, id)
}

// CreateEvent stores e under a new id; an empty Slug is made from the title. When e is due (see
// [namets.Event.Due]), event_created is queued. Errors: Conflict with Field slug; Invalid with
// Field category_id.
func (db *DB) CreateEvent(ctx context.Context, by namets.Actor, e namets.Event) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if err := t.checkCategory(ctx, &e); err != nil {
			return err
		}
		if e.Slug, err = events().freeSlug(ctx, t, e.Slug, e.Title); err != nil {
			return err
		}
		if e.ID, err = events().create(ctx, t, by, &e); err != nil {
			return err
		}
		id = e.ID
		return t.announceEvent(ctx, &e)
	})
	return id, err
}

// UpdateEvent overwrites the event with e's id; a revision other than 0 must be the stored one, an
// empty Slug stays what it was. When e is due and was never announced, event_created is queued;
// one that was skipped, because e was not due any more, goes after all. Errors: NotFound; Invalid
// with Field category_id; Conflict, with Field slug or, for another revision, without one.
func (db *DB) UpdateEvent(ctx context.Context, by namets.Actor, revision int64, e namets.Event) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.checkCategory(ctx, &e); err != nil {
			return err
		}
		_, after, err := events().update(ctx, t, by, e.ID, revision, func(row *namets.Event) {
			if e.Slug == "" {
				e.Slug = row.Slug
			}
			*row = e
		})
		if err != nil {
			return err
		}
		return t.announceEvent(ctx, &after)
	})
}

// DeleteEvent removes the event with the id. What of it is on its way is skipped. Errors: NotFound.
func (db *DB) DeleteEvent(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		_, err := events().delete(ctx, t, by, id)
		return err
	})
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

// announceEvent queues e's one notification when it is due and has not been queued yet.
func (t *tx) announceEvent(ctx context.Context, e *namets.Event) error {
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
