package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"namets/internal/namets"
)

// Without a hint SQLite takes an index that has the wrong order, or reads the texts of what it
// does not show.
const publicAnnouncements = `indexed by announcements_public
	where is_active and publish_at <= $1 and (expire_at is null or expire_at > $1)
	order by is_pinned desc, publish_at desc, id limit $2 offset $3`

// CurrentAnnouncements returns up to limit announcements that are active, published and not
// expired, without the first skip of them: pinned ones first, then the newest publish_at, then by
// id.
func (db *DB) CurrentAnnouncements(ctx context.Context, now time.Time, skip, limit int) ([]namets.Announcement, error) {
	return announcements().all(ctx, db.reader, publicAnnouncements, now.UnixMicro(), limit, skip)
}

// AnnouncementBySlug returns the announcement with the slug. Errors: NotFound.
func (db *DB) AnnouncementBySlug(ctx context.Context, slug string) (namets.Announcement, error) {
	return announcements().by(ctx, db.reader, "slug", slug)
}

const publicEvents = `indexed by events_public
	where is_active and (end_datetime > $1 or start_datetime >= $1)
	order by start_datetime, id limit $2 offset $3`

// UpcomingEvents returns up to limit events that are active and not over, without the first skip
// of them: by start, then by id.
func (db *DB) UpcomingEvents(ctx context.Context, now time.Time, skip, limit int) ([]namets.Event, error) {
	return events().all(ctx, db.reader, publicEvents, now.UnixMicro(), limit, skip)
}

// EventBySlug returns the event with the slug. Errors: NotFound.
func (db *DB) EventBySlug(ctx context.Context, slug string) (namets.Event, error) {
	return events().by(ctx, db.reader, "slug", slug)
}

const publicPrayerSchedules = `where is_active and date >= $1 order by date limit $2`

// PrayerSchedules returns up to limit active prayer schedules from the day on, by date. Days may
// be missing.
func (db *DB) PrayerSchedules(ctx context.Context, from namets.Date, limit int) ([]namets.PrayerSchedule, error) {
	return prayerSchedules().all(ctx, db.reader, publicPrayerSchedules, from.String(), limit)
}

// by returns the row whose column, a unique one, holds the value. Errors: NotFound.
func (t *table[R]) by(ctx context.Context, q querier, column string, value any) (row R, err error) {
	err = q.QueryRowContext(ctx, "select "+t.names()+" from "+t.name()+" where "+column+" = $1",
		value).Scan(t.fields(&row)...)
	if errors.Is(err, sql.ErrNoRows) {
		return row, &namets.Error{Code: namets.NotFound, Message: "there is no such " + t.noun()}
	}
	return row, q.wrap(err)
}
