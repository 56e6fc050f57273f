package store

import (
	"context"
	"fmt"

	"namets/internal/namets"
)

func subscribers() *table[namets.Subscriber] {
	type row = namets.Subscriber
	return &table[row]{
		kind: namets.KindSubscribers,
		columns: []column[row]{
			{name: "id", field: func(r *row) any { return &r.ID }},
			{name: "email", field: func(r *row) any { return &r.Email }},
			{name: "email_key", field: func(r *row) any { return derived(namets.EmailKey(r.Email)) }, of: "email",
				parked: parkedText},
			{name: "email_text", field: func(r *row) any { return derived(searchText(r.Email)) }, of: "email"},
			{name: "duplicate_key", field: func(*row) any { return derived("") }, of: "email"},
			{name: "phone", field: func(r *row) any { return optionalText{&r.Phone} }},
			{name: "is_verified", field: func(r *row) any { return flag{&r.IsVerified} }},
			{name: "is_active", field: func(r *row) any { return flag{&r.IsActive} }},
			{name: "notify_announcements", field: func(r *row) any { return flag{&r.Notify.Announcements} }},
			{name: "notify_events", field: func(r *row) any { return flag{&r.Notify.Events} }},
			{name: "notify_prayer_changes", field: func(r *row) any { return flag{&r.Notify.PrayerChanges} }},
			{name: "token", field: func(r *row) any { return uuid{&r.Token} }, parked: parkedToken},
			{name: "subscribed_at", field: func(r *row) any { return instant{&r.SubscribedAt} }},
			{name: "last_notified", field: func(r *row) any { return optionalInstant{&r.LastNotified} }},
		},
		announcedColumn: &announcedColumn[row]{name: "joined_at", keep: true, value: func(r *row, im *importer) any {
			if r.IsActive {
				return im.now.UnixMicro()
			}
			return nil
		}},
		unwanted: func(ctx context.Context, im *importer, r *row) (bool, error) { return im.hasLeft(ctx, r.Email) },
	}
}

// parkedToken has the length of a UUID and no hyphens.
func parkedToken(n int) string { return fmt.Sprintf("%036d", n) }

// recipientsSQL reads what the API shows of active subscribers. The three preferences come as one
// number: a column less to scan is time saved a million times, and so is the way through an index
// when nearly all rows are wanted in the order in which the table keeps them.
const recipientsSQL = `
	select id, email, phone, notify_announcements + 2 * notify_events + 4 * notify_prayer_changes, token
	from subscribers not indexed where is_active order by id`

// Recipients calls yield for every active subscriber, by id, out of one read transaction. The
// pointer is reused between calls. It stops at the first error and returns it.
func (db *DB) Recipients(ctx context.Context, yield func(*namets.Recipient) error) error {
	rows, err := db.reader.QueryContext(ctx, recipientsSQL)
	if err != nil {
		return db.wrap(err)
	}
	defer rows.Close()
	var (
		r           namets.Recipient
		preferences int
		into        = []any{&r.ID, &r.Email, optionalText{&r.Phone}, &preferences, uuid{&r.Token}}
	)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return db.wrap(err)
		}
		r.Notify = namets.Preferences{
			Announcements: preferences&1 != 0, Events: preferences&2 != 0, PrayerChanges: preferences&4 != 0,
		}
		if err := yield(&r); err != nil {
			return err
		}
	}
	return db.wrap(rows.Err())
}
