package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

func announcements() *table[namets.Announcement] {
	type row = namets.Announcement
	return &table[row]{
		schema: schema{
			kind: namets.KindAnnouncements, known: "title",
			announcedColumn: "announced_at", announcedOnce: true,
			columns: withMeta([]column{
				{name: "id"}, {name: "title"}, {name: "slug", parked: parkedText}, {name: "content"},
				{name: "category"}, {name: "is_pinned"}, {name: "publish_at"}, {name: "expire_at"},
				{name: "is_active", switches: true}, {name: "send_email", switches: true},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.Announcements },
		fields: func(r *row) []any {
			return withMetaOf(&r.Meta,
				&r.ID, &r.Title, &r.Slug, &r.Content, &r.Category, flag{&r.IsPinned}, instant{&r.PublishAt},
				optionalInstant{&r.ExpireAt}, flag{&r.IsActive}, flag{&r.SendEmail},
			)
		},
		announced: func(r *row, im *importer) any { return im.announcedBy(r.SendEmail) },
		prepare: func(ctx context.Context, t *tx, was, a *row) (err error) {
			if a.Slug == "" && was != nil {
				a.Slug = was.Slug
			}
			a.Slug, err = announcements().freeSlug(ctx, t, a.Slug, a.Title)
			return err
		},
		settle: func(ctx context.Context, t *tx, _, a *row, quiet bool) error { return t.announce(ctx, a, quiet) },
		at: func(r *row) time.Time {
			if !r.SendEmail {
				return time.Time{}
			}
			return r.PublishAt
		},
	}
}

const activeAnnouncements = `where is_active order by publish_at desc, id`

// ActiveAnnouncements calls yield for every active announcement, newest publish_at first, then by
// id, in one read transaction. It stops at the first error and returns it.
func (db *DB) ActiveAnnouncements(ctx context.Context, yield func(*namets.Announcement) error) error {
	return announcements().each(ctx, db.reader, activeAnnouncements, yield)
}

// AnnouncementList returns at most limit announcements that match f, starting at offset, newest
// publish_at first.
func (db *DB) AnnouncementList(ctx context.Context, f namets.ContentFilter, offset,
	limit int) ([]namets.Announcement, error) {
	where, args := db.contentConditions(f, "publish_at", "expire_at", "category", "false")
	return announcements().all(ctx, db.reader, listed("announcements", where, "publish_at desc, id desc", offset,
		limit), args...)
}

// Without a hint SQLite uses an index in the wrong order, or reads the texts of rows that are not
// on the page.
func publicAnnouncements(d Dialect) string {
	return d.IndexedBy("announcements_public") + `
	where is_active and publish_at <= $1 and (expire_at is null or expire_at > $1)
	order by is_pinned desc, publish_at desc, id limit $2 offset $3`
}

// CurrentAnnouncements returns up to limit announcements that are active, published and not
// expired, after the first skip: pinned ones first, then newest publish_at first, then by id.
func (db *DB) CurrentAnnouncements(ctx context.Context, now time.Time, skip, limit int) ([]namets.Announcement, error) {
	return announcements().all(ctx, db.reader, publicAnnouncements(db.dialect), now.UnixMicro(), limit, skip)
}

// AnnouncementBySlug returns the announcement with the slug. Errors: NotFound.
func (db *DB) AnnouncementBySlug(ctx context.Context, slug string) (namets.Announcement, error) {
	return announcements().by(ctx, db.reader, "slug", slug)
}

// AnnouncementAnnouncedAt returns when the announcement's only notification was queued, or when the
// announcement was marked as announced. It returns nil if neither has happened. Errors: NotFound.
func (db *DB) AnnouncementAnnouncedAt(ctx context.Context, id int64) (*time.Time, error) {
	return db.announcedAt(ctx, "announcements", id)
}

// Announcement returns the announcement with the id, and its revision. Errors: NotFound.
func (db *DB) Announcement(ctx context.Context, id int64) (namets.Announcement, int64, error) {
	return announcements().row(ctx, db.reader, id)
}

// CreateAnnouncement stores a under a new id; an empty Slug is made from the title. If a is due
// (see [namets.Announcement.Due]), announcement_created is queued now; if it becomes due later,
// [DB.QueueDue] queues it. Errors: Conflict with Field slug.
func (db *DB) CreateAnnouncement(ctx context.Context, by namets.Actor, a namets.Announcement) (id int64, err error) {
	done, err := db.ChangeAnnouncement(ctx, storing(by, 0, 0, a))
	return done.Row.ID, err
}

// UpdateAnnouncement overwrites the announcement with a's id. A revision other than 0 must match
// the stored one; an empty Slug keeps the stored one. If a is due and was never announced,
// announcement_created is queued; if it was queued and then skipped because a was no longer due,
// that delivery is sent after all. Errors: NotFound; Conflict, with Field slug, or without a field
// for another revision.
func (db *DB) UpdateAnnouncement(ctx context.Context, by namets.Actor, revision int64, a namets.Announcement) error {
	_, err := db.ChangeAnnouncement(ctx, storing(by, a.ID, revision, a))
	return err
}

// ChangeAnnouncement carries out c, as CreateAnnouncement and UpdateAnnouncement do. Errors: theirs
// and that of c.Edit; the Conflict for another revision has the cause [namets.ErrOtherRevision].
func (db *DB) ChangeAnnouncement(ctx context.Context,
	c namets.Change[namets.Announcement]) (namets.Changed[namets.Announcement], error) {
	return changeRow(ctx, db, announcements(), c)
}

// DeleteAnnouncement removes the announcement with the id. Its pending deliveries are skipped.
// Errors: NotFound.
func (db *DB) DeleteAnnouncement(ctx context.Context, by namets.Actor, id int64) error {
	return removeByID(ctx, db, announcements(), by, id)
}

// RemoveAnnouncement is DeleteAnnouncement for a row that may be absent. Errors: Conflict with the
// cause [namets.ErrOtherRevision].
func (db *DB) RemoveAnnouncement(ctx context.Context,
	r namets.Removal) (namets.Changed[namets.Announcement], error) {
	return removeRow(ctx, db, announcements(), r)
}

// announce queues the notification of a if a is due and its notification has not been queued yet.
// With quiet, a counts as announced, if it was to be.
func (t *tx) announce(ctx context.Context, a *namets.Announcement, quiet bool) error {
	t.hints = true // its time may have changed
	if quiet && a.SendEmail {
		return t.countAsAnnounced(ctx, namets.KindAnnouncements, a.ID)
	}
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
