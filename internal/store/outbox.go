package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"namets/internal/namets"
)

// subject is the row that a notification is about; the zero value means none. Deliveries about the
// same row keep their order.
type subject struct {
	entity namets.Kind
	id     int64
}

// queue adds the deliveries of a notification in the transaction: to the target of the
// configuration, and to every hook that wants the type. Without recipients there are none, unless
// the kind is for hooks only.
func (t *tx) queue(ctx context.Context, n namets.Notification, about subject, to audience) error {
	_, err := t.queueUntil(ctx, n, about, to, time.Time{})
	return err
}

// queueUntil is queue for a notification that expires at expires, if that is not zero. It returns
// the id of the first delivery, 0 if there is none.
func (t *tx) queueUntil(ctx context.Context, n namets.Notification, about subject, to audience,
	expires time.Time) (id int64, err error) {
	targets, err := t.targetsOf(ctx, n.Kind)
	if err != nil {
		return 0, err
	}
	return t.queueTo(ctx, targets, post{n: n, about: about, expires: expires}, to)
}

// post is a delivery that is to be queued.
type post struct {
	n       namets.Notification
	about   subject
	expires time.Time // zero: never
	// resendOf is the delivery that it repeats, 0 for none; group the first delivery of its
	// notification, 0 if it has no other.
	resendOf, group int64
	hook            int64
	part, parts     int
	to              audience
}

// queueTo adds the deliveries of a notification to the targets, and returns the id of the first.
func (t *tx) queueTo(ctx context.Context, targets []target, p post, to audience) (first int64, err error) {
	info := p.n.Kind.Info()
	if to.count == 0 && info.Audience != namets.Nobody && !info.HooksOnly {
		return 0, nil
	}
	var posts []post
	for _, target := range targets {
		parts := target.parts(to)
		for j, part := range parts {
			one := p
			one.hook, one.to, one.part, one.parts = target.id, part, j+1, len(parts)
			posts = append(posts, one)
		}
	}
	for i := range posts {
		posts[i].group = first
		id, err := t.insertDelivery(ctx, &posts[i])
		if err != nil {
			return 0, err
		}
		if first == 0 {
			first = id
		}
	}
	if len(posts) > 1 {
		_, err = t.ExecContext(ctx, `update deliveries set group_id = id where id = $1`, first)
	}
	return first, err
}

// insertDelivery adds one delivery. It is due unless it has to wait for an earlier one.
func (t *tx) insertDelivery(ctx context.Context, p *post) (id int64, err error) {
	t.hints = true
	err = t.QueryRowContext(ctx, `
		insert into deliveries (webhook_id, kind, entity, entity_id, state, recipients, expires_at, created_at,
			resend_of, hook_id, group_id, part, parts, next_at)
		values ($1, $2, $3, $4, 'pending', $5, $6, $7, nullif($8, 0), $9, nullif($10, 0), $11, $12,
			case when $11 > 1 or $4 <> 0 and exists (select 1 from deliveries where entity = $3 and entity_id = $4
				and hook_id = $9 and state = 'pending')
				then null else $7 end)
		returning id`,
		namets.NewWebhookID(), p.n.Kind, p.about.entity, p.about.id, p.to.count, nullTime(p.expires), t.now.UnixMicro(),
		p.resendOf, p.hook, p.group, p.part, p.parts).Scan(&id)
	if err != nil {
		return 0, err
	}
	_, err = t.ExecContext(ctx, `insert into delivery_bodies (delivery_id, recipients, data) values ($1, $2, $3)`,
		id, string(p.to.json), string(p.n.Data))
	if err != nil {
		return 0, err
	}
	return id, t.join(ctx, id)
}

// behind is the condition that a delivery waits for an earlier one to the same target: about the
// same row, or an earlier part of the same notification. alias is its table.
func behind(alias string) string {
	return strings.ReplaceAll(`( d.entity_id <> 0 and exists (select 1 from deliveries earlier
			where earlier.entity = d.entity and earlier.entity_id = d.entity_id and earlier.hook_id = d.hook_id
				and earlier.state = 'pending' and earlier.id < d.id)
		or d.part > 1 and exists (select 1 from deliveries earlier
			where earlier.group_id = d.group_id and earlier.hook_id = d.hook_id
				and earlier.state = 'pending' and earlier.id < d.id))`, " d.", " "+alias+".")
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

// QueuePing queues a ping to the target of the configuration, which tests the connection and has no
// recipients, and returns its id.
func (db *DB) QueuePing(ctx context.Context, by namets.Actor) (id int64, err error) {
	return db.queuePing(ctx, by, namets.LegacyHook)
}

// QueueHookPing is [DB.QueuePing] for a hook, to which it goes like any other delivery. Errors:
// NotFound; Conflict if the hook is paused.
func (db *DB) QueueHookPing(ctx context.Context, by namets.Actor, hook int64) (id int64, err error) {
	h, err := db.Hook(ctx, hook)
	if err != nil {
		return 0, err
	}
	if h.PausedAt != nil {
		return 0, &namets.Error{Code: namets.Conflict, Message: "the hook is paused: wake it first"}
	}
	return db.queuePing(ctx, by, hook)
}

func (db *DB) queuePing(ctx context.Context, by namets.Actor, hook int64) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		id, err = t.queueTo(ctx, []target{{id: hook}}, post{n: namets.NewPing()}, newAudience(nil))
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "ping", namets.KindDeliveries, id, nil)
	})
	return id, err
}

// QueueAlert queues the alert for every hook that wants its type.
func (db *DB) QueueAlert(ctx context.Context, alert namets.Notification) error {
	return db.write(ctx, func(t *tx) error { return t.queueAlert(ctx, alert, 0) })
}

// queueAlert queues the alert for every hook that wants its type, except those of the token; 0
// excepts none, because the shared token says nothing about who has registered a hook.
func (t *tx) queueAlert(ctx context.Context, alert namets.Notification, exceptToken int64) error {
	targets, err := t.targetsOf(ctx, alert.Kind)
	if err != nil {
		return err
	}
	if exceptToken != 0 {
		targets = slices.DeleteFunc(targets, func(to target) bool { return to.tokenID == exceptToken })
	}
	_, err = t.queueTo(ctx, targets, post{n: alert}, newAudience(nil))
	return err
}
