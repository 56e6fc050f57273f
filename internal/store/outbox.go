package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"namets/internal/namets"
)

// subject is the row that a notification is about; the zero value means none. Deliveries about the
// same row keep their order.
type subject struct {
	entity namets.Kind
	id     int64
}

// queue adds a delivery in the transaction, unless there are no recipients.
func (t *tx) queue(ctx context.Context, n namets.Notification, about subject, to audience) error {
	_, err := t.queueUntil(ctx, n, about, to, time.Time{})
	return err
}

// queueUntil is queue for a notification that expires at expires, if that is not zero. It returns
// the delivery's id, 0 if there are no recipients.
func (t *tx) queueUntil(ctx context.Context, n namets.Notification, about subject, to audience,
	expires time.Time) (id int64, err error) {
	return t.insertDelivery(ctx, n, about, to, expires, 0)
}

// insertDelivery is queueUntil for a notification that may be a resend: resendOf is the delivery
// that it repeats, 0 for none.
func (t *tx) insertDelivery(ctx context.Context, n namets.Notification, about subject, to audience, expires time.Time,
	resendOf int64) (id int64, err error) {
	if to.count == 0 && n.Kind.Info().Audience != namets.Nobody {
		return 0, nil
	}
	t.hints = true
	err = t.QueryRowContext(ctx, `
		insert into deliveries (webhook_id, kind, entity, entity_id, state, recipients, expires_at, created_at,
			resend_of, next_at)
		values ($1, $2, $3, $4, 'pending', $5, $6, $7, nullif($8, 0),
			case when $4 <> 0 and exists (select 1 from deliveries where entity = $3 and entity_id = $4
				and state = 'pending')
				then null else $7 end)
		returning id`,
		"msg_"+rand.Text(), n.Kind, about.entity, about.id, to.count, nullTime(expires), t.now.UnixMicro(),
		resendOf).Scan(&id)
	if err != nil {
		return 0, err
	}
	_, err = t.ExecContext(ctx, `insert into delivery_bodies (delivery_id, recipients, data) values ($1, $2, $3)`,
		id, string(to.json), string(n.Data))
	if err != nil {
		return 0, err
	}
	return id, t.join(ctx, id)
}

// queueOnce is queue for a notification that is sent once in the life of its row. If it was queued
// before and then skipped, that delivery is sent, under its webhook-id and with the current text.
func (t *tx) queueOnce(ctx context.Context, n namets.Notification, about subject, to audience) error {
	if to.count == 0 {
		return nil
	}
	var id int64
	var state namets.DeliveryState
	err := t.QueryRowContext(ctx, `
		select id, state from deliveries where entity = $1 and entity_id = $2 and kind = $3 and resend_of is null
		order by id desc limit 1`,
		about.entity, about.id, n.Kind).Scan(&id, &state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return t.queue(ctx, n, about, to)
	case err != nil:
		return err
	case state != namets.Skipped:
		return nil
	}
	t.hints = true
	if _, err := t.ExecContext(ctx, setBack+`id = $2`, t.now.UnixMicro(), id); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `update deliveries set recipients = $2 where id = $1`, id, to.count); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `
		insert into delivery_bodies (delivery_id, recipients, data) values ($1, $2, $3)
		on conflict (delivery_id) do update set recipients = excluded.recipients, data = excluded.data`,
		id, string(to.json), string(n.Data))
	return err
}

// nullTime returns the form in which a time is stored; null for the zero time.
func nullTime(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

// timeOf is the inverse of nullTime.
func timeOf(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return time.UnixMicro(us.Int64).UTC()
}

// QueuePing queues a ping, which tests the connection and has no recipients, and returns its id.
func (db *DB) QueuePing(ctx context.Context, by namets.Actor) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if id, err = t.queueUntil(ctx, namets.NewPing(), subject{}, newAudience(nil), time.Time{}); err != nil {
			return err
		}
		return t.audit(ctx, by, "ping", namets.KindDeliveries, id, nil)
	})
	return id, err
}
