package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// conditions are those of a where clause, with their parameters.
type conditions struct {
	list []string
	args []any
}

// and adds a condition in which each ? is the value.
func (c *conditions) and(condition string, value any) {
	c.args = append(c.args, value)
	c.list = append(c.list, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(c.args))))
}

// since adds the condition that a row has changed at or after the time, unless that is zero.
func (c *conditions) since(t time.Time) {
	if !t.IsZero() {
		c.and("updated_at >= ?", t.UnixMicro())
	}
}

// page calls yield for up to limit rows that match c, in the order of a unique column that c begins
// after, with their revisions. hint follows the table's name. The pointer is reused between calls.
// A page costs the same wherever it begins, as long as most rows match.
func (t *table[R]) page(ctx context.Context, q querier, hint string, c conditions, order string, limit int,
	yield func(row *R, revision int64) error) error {
	var row R
	var revision int64
	into := append(t.fields(&row), &revision)
	rows, err := q.QueryContext(ctx, "select "+t.names()+", revision from "+t.name()+hint+" where "+
		strings.Join(c.list, " and ")+" order by "+order+" limit "+strconv.Itoa(limit), c.args...)
	if err != nil {
		return q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return q.wrap(err)
		}
		if err := yield(&row, revision); err != nil {
			return err
		}
	}
	return q.wrap(rows.Err())
}

// byID is page in the order of ids. The rows lie in this order, which no index beats.
func byID[R any](ctx context.Context, db *DB, t *table[R], c conditions, p namets.RowPage,
	yield func(row *R, revision int64) error) error {
	c.and("id > ?", p.After)
	c.since(p.UpdatedSince)
	return t.page(ctx, db.reader, db.dialect.NotIndexed(), c, "id", p.Limit, yield)
}

// filtered returns the conditions of a where clause that stands alone.
func filtered(where string, args []any) conditions { return conditions{[]string{where}, args} }

// AnnouncementPage calls yield for the announcements that match f and p, by id, with their
// revisions, in one read transaction. The pointer is reused between calls. It stops at the first
// error and returns it, as do the other pages.
func (db *DB) AnnouncementPage(ctx context.Context, f namets.ContentFilter, p namets.RowPage,
	yield func(*namets.Announcement, int64) error) error {
	c := filtered(db.contentConditions(f, "publish_at", "expire_at", "category", "false"))
	return byID(ctx, db, announcements(), c, p, yield)
}

// EventPage calls yield for the events that match f and p, by id, with their revisions. An event
// counts as published from when it was stored until it is over.
func (db *DB) EventPage(ctx context.Context, f namets.ContentFilter, p namets.EventPage,
	yield func(*namets.Event, int64) error) error {
	c := filtered(db.contentConditions(f, "cast(-1 as bigint)", "end_datetime", "cast(category_id as text)",
		"(cancelled_at is not null)"))
	if !p.From.IsZero() {
		c.and("start_datetime >= ?", p.From.UnixMicro())
	}
	if !p.To.IsZero() {
		c.and("start_datetime <= ?", p.To.UnixMicro())
	}
	return byID(ctx, db, events(), c, p.RowPage, yield)
}

// CategoryPage calls yield for the event categories that match p, by id, with their revisions.
// search, unless it is empty, is a part of the name.
func (db *DB) CategoryPage(ctx context.Context, search string, p namets.RowPage,
	yield func(*namets.EventCategory, int64) error) error {
	return byID(ctx, db, eventCategories(), db.named(search), p, yield)
}

// PatronPage calls yield for the patrons that match p, by id, with their revisions. search, unless
// it is empty, is a part of the name; active, unless it is nil, is that of the patron.
func (db *DB) PatronPage(ctx context.Context, search string, active *bool, p namets.RowPage,
	yield func(*namets.Patron, int64) error) error {
	c := db.named(search)
	if active != nil {
		c.and("is_active = ?", *active)
	}
	return byID(ctx, db, patrons(), c, p, yield)
}

// named returns the condition that the name contains the text, or none if that is empty.
func (db *DB) named(part string) (c conditions) {
	if part != "" {
		c.and(db.dialect.Like("name", "?"), "%"+likeEscaper().Replace(part)+"%")
	}
	return c
}

// SubscriberPage calls yield for the subscribers that match f and p, by id, with their revisions.
func (db *DB) SubscriberPage(ctx context.Context, f namets.SubscriberFilter, p namets.RowPage,
	yield func(*namets.Subscriber, int64) error) error {
	return byID(ctx, db, subscribers(), filtered(db.subscriberConditions(f)), p, yield)
}

// PrayerPage calls yield for the prayer schedules that match p, by date, with their revisions.
func (db *DB) PrayerPage(ctx context.Context, p namets.PrayerPage,
	yield func(*namets.PrayerSchedule, int64) error) error {
	var c conditions
	if c.and("date > ?", ""); p.After != (namets.Date{}) {
		c.args[0] = p.After.String()
	}
	if p.From != (namets.Date{}) {
		c.and("date >= ?", p.From.String())
	}
	if p.To != (namets.Date{}) {
		c.and("date <= ?", p.To.String())
	}
	if p.Stage != "" {
		c.and("is_active = ?", p.Stage == namets.Published)
	}
	c.since(p.UpdatedSince)
	return prayerSchedules().page(ctx, db.reader, "", c, "date", p.Limit, yield)
}

// AnnouncementRow returns the announcement that ref names, and its revision. Errors: NotFound, as
// of the other rows.
func (db *DB) AnnouncementRow(ctx context.Context, ref namets.RowRef) (namets.Announcement, int64, error) {
	return announcements().named(ctx, db.reader, ref)
}

// EventRow returns the event that ref names, and its revision.
func (db *DB) EventRow(ctx context.Context, ref namets.RowRef) (namets.Event, int64, error) {
	return events().named(ctx, db.reader, ref)
}

// CategoryRow returns the event category that ref names, and its revision.
func (db *DB) CategoryRow(ctx context.Context, ref namets.RowRef) (namets.EventCategory, int64, error) {
	return eventCategories().named(ctx, db.reader, ref)
}

// PatronRow returns the patron that ref names, and its revision.
func (db *DB) PatronRow(ctx context.Context, ref namets.RowRef) (namets.Patron, int64, error) {
	return patrons().named(ctx, db.reader, ref)
}

// PrayerRow returns the prayer schedule that ref names, and its revision.
func (db *DB) PrayerRow(ctx context.Context, ref namets.RowRef) (namets.PrayerSchedule, int64, error) {
	return prayerSchedules().named(ctx, db.reader, ref)
}

// SubscriberRow returns the subscriber that ref names, and its revision.
func (db *DB) SubscriberRow(ctx context.Context, ref namets.RowRef) (namets.Subscriber, int64, error) {
	return subscribers().named(ctx, db.reader, ref)
}

// SubscriberAt returns the subscriber with the mailbox of the address, and its revision. Where an
// import has left several, it is the one that the mailbox's link leads to. Errors: NotFound.
func (db *DB) SubscriberAt(ctx context.Context, email string) (s namets.Subscriber, revision int64, err error) {
	t := subscribers()
	if !storable(email) {
		return s, 0, t.noSuch()
	}
	revision, err = t.readWhole(ctx, db.reader, "email_key", namets.EmailKey(email), t.fields(&s))
	return s, revision, err
}
