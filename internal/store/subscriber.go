package store

import (
	"context"
	"fmt"

	"namets/internal/namets"
)

func subscribers() *table[namets.Subscriber] {
	type row = namets.Subscriber
	return &table[row]{
		schema: schema{
			kind: namets.KindSubscribers, known: "email", address: true,
			announcedColumn: "joined_at", announcedOnce: true,
			columns: withMeta([]column{
				{name: "id"}, {name: "email"}, {name: "email_key", of: "email", parked: parkedText},
				{name: "email_text", of: "email"}, {name: "duplicate_key", of: "email"}, {name: "phone"},
				{name: "is_verified"}, {name: "is_active", switches: true},
				{name: "notify_announcements", switches: true}, {name: "notify_events", switches: true},
				{name: "notify_prayer_changes", switches: true}, {name: "token", parked: parkedToken},
				{name: "subscribed_at"}, {name: "last_notified"},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.Subscribers },
		fields: func(r *row) []any {
			return withMetaOf(&r.Meta,
				&r.ID, &r.Email, derived(func() string { return namets.EmailKey(r.Email) }),
				derived(func() string { return searchText(r.Email) }), derived(func() string { return "" }),
				optionalText{&r.Phone}, flag{&r.IsVerified}, flag{&r.IsActive}, flag{&r.Notify.Announcements},
				flag{&r.Notify.Events}, flag{&r.Notify.PrayerChanges}, uuid{&r.Token}, instant{&r.SubscribedAt},
				optionalInstant{&r.LastNotified},
			)
		},
		announced: func(r *row, im *importer) any { return im.announcedBy(r.IsActive) },
		unwanted:  func(ctx context.Context, im *importer, r *row) (bool, error) { return im.hasLeft(ctx, r.Email) },
	}
}

// parkedToken returns a placeholder with the length of a UUID and no hyphens.
func parkedToken(n int) string { return fmt.Sprintf("%036d", n) }

// recipientsSQL reads the fields of active subscribers that the API shows. With a million rows two
// things save time: one number for the three preferences, and the table's own order instead of an
// index, because nearly all rows are read.
func recipientsSQL(d Dialect) string {
	return `
	select id, email, phone, cast(notify_announcements as integer) + 2 * cast(notify_events as integer)
		+ 4 * cast(notify_prayer_changes as integer), token
	from subscribers` + d.NotIndexed() + ` where is_active order by id`
}

// Recipients calls yield for every active subscriber, by id, in one read transaction. The pointer
// is reused between calls. It stops at the first error and returns it.
func (db *DB) Recipients(ctx context.Context, yield func(*namets.Recipient) error) error {
	rows, err := db.reader.QueryContext(ctx, recipientsSQL(db.dialect))
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

// Subscriber returns the subscriber with the id, and its revision. Errors: NotFound.
func (db *DB) Subscriber(ctx context.Context, id int64) (namets.Subscriber, int64, error) {
	return subscribers().row(ctx, db.reader, id)
}

// CreateSubscriber stores s under a new id. A zero Token is replaced by a random one, a zero
// SubscribedAt by the current time. If s is active, subscriber_joined is queued. Errors: Conflict
// with Field email, also because of [namets.ErrSilenced].
func (db *DB) CreateSubscriber(ctx context.Context, by namets.Actor, s namets.Subscriber) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if err := t.refuseSilenced(ctx, s.Email); err != nil {
			return err
		}
		id, err = t.createSubscriber(ctx, by, s)
		return err
	})
	return id, err
}

func (t *tx) createSubscriber(ctx context.Context, by namets.Actor, s namets.Subscriber) (id int64, err error) {
	if s.Token == (namets.UUID{}) {
		s.Token = namets.NewUUID()
	}
	if s.SubscribedAt.IsZero() {
		s.SubscribedAt = t.now
	}
	if s.ID, err = subscribers().create(ctx, t, by, &s); err != nil {
		return 0, err
	}
	return s.ID, t.notifyAboutSubscriber(ctx, &namets.Subscriber{Notify: s.Notify}, &s)
}

// UpdateSubscriber changes the subscriber with the id. A revision other than 0 must match the
// stored one. It queues subscriber_joined if the subscriber becomes active for the first time,
// subscriber_unsubscribed if it stops being active, and subscriber_updated if the preferences of an
// active one change. Errors: NotFound; Conflict, with Field email, also because of
// [namets.ErrSilenced] for a new address or for becoming active, or without a field for another
// revision.
func (db *DB) UpdateSubscriber(ctx context.Context, by namets.Actor, id, revision int64,
	p namets.SubscriberPatch) error {
	return db.write(ctx, func(t *tx) error { return t.updateSubscriber(ctx, by, id, revision, p) })
}

func (t *tx) updateSubscriber(ctx context.Context, by namets.Actor, id, revision int64,
	p namets.SubscriberPatch) error {
	return t.editSubscriber(ctx, by, id, revision, p.Apply)
}

// editSubscriber implements UpdateSubscriber.
func (t *tx) editSubscriber(ctx context.Context, by namets.Actor, id, revision int64,
	edit func(*namets.Subscriber)) error {
	before, after, err := subscribers().update(ctx, t, by, id, revision, edit)
	if err != nil {
		return err
	}
	moved := namets.EmailKey(before.Email) != namets.EmailKey(after.Email)
	if moved || after.IsActive && !before.IsActive {
		if err := t.refuseSilenced(ctx, after.Email); err != nil {
			return err
		}
		if err := t.moveReports(ctx, before.Email, after.Email); err != nil {
			return err
		}
	}
	if moved { // the bounces are those of another address
		if _, err := t.ExecContext(ctx, `delete from bounces where subscriber_id = $1`, id); err != nil {
			return err
		}
	}
	return t.notifyAboutSubscriber(ctx, &before, &after)
}

// DeleteSubscriber removes the subscriber with the id. If it was active, subscriber_unsubscribed is
// queued. Errors: NotFound.
func (db *DB) DeleteSubscriber(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error { return t.deleteSubscriber(ctx, by, id) })
}

func (t *tx) deleteSubscriber(ctx context.Context, by namets.Actor, id int64) error {
	was, err := subscribers().delete(ctx, t, by, id)
	if err != nil {
		return err
	}
	if err := t.forgetAbout(ctx, subject{namets.KindSubscribers, id}); err != nil {
		return err
	}
	if err := t.forgetReports(ctx, was.Email); err != nil {
		return err
	}
	gone := was
	gone.IsActive = false
	return t.notifyAboutSubscriber(ctx, &was, &gone)
}

// notifyAboutSubscriber queues the notification for the change from before to after. In a quiet
// transaction it records that the subscriber has joined, and queues nothing.
func (t *tx) notifyAboutSubscriber(ctx context.Context, before, after *namets.Subscriber) error {
	about := subject{namets.KindSubscribers, after.ID}
	queue := func(n namets.Notification, email string) error {
		if t.quiet {
			return nil
		}
		return t.queue(ctx, n, about, oneAddress(email))
	}
	switch {
	case before.IsActive && !after.IsActive:
		return queue(namets.NewUnsubscribedNotification(before.Email), before.Email)
	case !after.IsActive:
		return nil
	case !before.IsActive:
		first, err := t.changes(ctx, `update subscribers set joined_at = $2 where id = $1 and joined_at is null`,
			after.ID, t.now.UnixMicro())
		if err != nil {
			return err
		}
		if first {
			return queue(namets.NewSubscriberNotification(namets.SubscriberJoined, after), after.Email)
		}
	}
	if before.Notify == after.Notify {
		return nil
	}
	return queue(namets.NewSubscriberNotification(namets.SubscriberUpdated, after), after.Email)
}

// ChangeSubscribers applies an action to all subscribers with the ids, in one transaction, and
// returns how many of them it changed. Unknown ids are ignored, and nobody becomes active whose
// address is suppressed for a final reason. Each change is announced like a single one.
func (db *DB) ChangeSubscribers(ctx context.Context, by namets.Actor, ids []int64,
	action namets.BulkAction) (changed int, err error) {
	yes, no := true, false
	patches := map[namets.BulkAction]namets.SubscriberPatch{
		namets.BulkActivate: {IsActive: &yes}, namets.BulkDeactivate: {IsActive: &no},
		namets.BulkVerify: {IsVerified: &yes},
	}
	patch, known := patches[action]
	if !known && action != namets.BulkDelete {
		return 0, &namets.Error{Code: namets.Invalid, Field: "action", Message: "is none of those in the list"}
	}
	err = db.write(ctx, func(t *tx) error {
		return t.bulk(ctx, by, string(action), namets.KindSubscribers, 0, &bulkDetail{}, func() error {
			for _, id := range ids {
				did, err := t.changeSubscriber(ctx, by, id, action, patch)
				if err != nil && namets.CodeOf(err) != namets.NotFound {
					return fmt.Errorf("%s subscriber %d: %w", action, id, err)
				}
				if did {
					changed++
				}
			}
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// changeSubscriber applies one step of a bulk action and reports whether it changed anything.
func (t *tx) changeSubscriber(ctx context.Context, by namets.Actor, id int64, action namets.BulkAction,
	p namets.SubscriberPatch) (bool, error) {
	if action == namets.BulkDelete {
		err := t.deleteSubscriber(ctx, by, id)
		return err == nil, err
	}
	if action == namets.BulkActivate {
		s, _, err := subscribers().row(ctx, t, id)
		if err != nil {
			return false, err
		}
		if silent, err := t.silenced(ctx, s.Email); silent || err != nil {
			return false, err
		}
	}
	before, after, err := subscribers().update(ctx, t, by, id, 0, p.Apply)
	if err != nil {
		return false, err
	}
	return before.IsActive != after.IsActive || before.IsVerified != after.IsVerified, t.notifyAboutSubscriber(ctx,
		&before, &after)
}
