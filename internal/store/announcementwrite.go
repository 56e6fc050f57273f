package store

import (
	"context"

	"namets/internal/namets"
)

// Announcement returns the announcement with the id, and its revision. Errors: NotFound.
func (db *DB) Announcement(ctx context.Context, id int64) (namets.Announcement, int64, error) {
	return announcements().row(ctx, db.reader, id)
}

// CreateAnnouncement stores a under a new id; an empty Slug is made from the title. When a is due
// (see [namets.Announcement.Due]), announcement_created is queued; when it becomes due later,
// [DB.QueueDue] does. Errors: Conflict with Field slug.
func (db *DB) CreateAnnouncement(ctx context.Context, by namets.Actor, a namets.Announcement) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if a.Slug, err = announcements().freeSlug(ctx, t, a.Slug, a.Title); err != nil {
			return err
		}
		if a.ID, err = announcements().create(ctx, t, by, &a); err != nil {
			return err
		}
		id = a.ID
		return t.announce(ctx, &a)
	})
	return id, err
}

// UpdateAnnouncement overwrites the announcement with a's id; a revision other than 0 must be the
// stored one, an empty Slug stays what it was. When a is due and was never announced,
// announcement_created is queued; one that was skipped, because a was not due any more, goes after
// all. Errors: NotFound; Conflict, with Field slug or, for another revision, without one.
func (db *DB) UpdateAnnouncement(ctx context.Context, by namets.Actor, revision int64, a namets.Announcement) error {
	return db.write(ctx, func(t *tx) error {
		_, after, err := announcements().update(ctx, t, by, a.ID, revision, func(row *namets.Announcement) {
			if a.Slug == "" {
				a.Slug = row.Slug
			}
			*row = a
		})
		if err != nil {
			return err
		}
		return t.announce(ctx, &after)
	})
}

// DeleteAnnouncement removes the announcement with the id. What of it is on its way is skipped.
// Errors: NotFound.
func (db *DB) DeleteAnnouncement(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		_, err := announcements().delete(ctx, t, by, id)
		return err
	})
}

// announce queues the notification of a when it is due and has not been queued yet.
func (t *tx) announce(ctx context.Context, a *namets.Announcement) error {
	t.hints = true // its time may have moved
	if !a.Due(t.now) {
		return nil
	}
	first, err := t.changes(ctx, `update announcements set announced_at = $2 where id = $1 and announced_at is null`,
		a.ID, t.now.UnixMicro())
	if err != nil || !first {
		return err
	}
	to, err := t.audience(ctx, namets.AnnouncementCreated)
	if err != nil {
		return err
	}
	return t.queueOnce(ctx, namets.NewAnnouncementNotification(a, t.zone), subject{namets.KindAnnouncements, a.ID}, to)
}
