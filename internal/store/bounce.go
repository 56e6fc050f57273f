package store

import (
	"context"

	"namets/internal/namets"
)

// RecordBounce stores that an e-mail to the subscriber with the id came back or was reported as
// spam, and reports whether mailing to the address has ended, now or before. A hard bounce, a
// complaint and the last of [namets.SoftBounceLimit] soft ones in a row end it: every subscriber of
// the mailbox becomes inactive, and the address is suppressed for a final reason. That is announced
// as when somebody deactivates them, unless quiet is set. Errors: NotFound.
func (db *DB) RecordBounce(ctx context.Context, by namets.Actor, id int64, b namets.Bounce,
	quiet bool) (r namets.BounceResult, err error) {
	err = db.write(ctx, func(t *tx) error {
		t.quiet = quiet
		if r.Ended, err = t.recordBounce(ctx, by, id, b); err != nil {
			return err
		}
		r.Row, r.Revision, err = subscribers().row(ctx, t, id)
		return err
	})
	return r, err
}

func (t *tx) recordBounce(ctx context.Context, by namets.Actor, id int64, b namets.Bounce) (ended bool, err error) {
	s, _, err := subscribers().row(ctx, t, id)
	if err != nil {
		return false, err
	}
	soft := b.Kind == namets.SoftBounce
	_, err = t.ExecContext(ctx, `insert into bounces (subscriber_id, kind, detail, at, in_row)
		values ($1, $2, $3, $4, $5)`, id, b.Kind, b.Detail, t.now.UnixMicro(), soft)
	if err != nil {
		return false, err
	}
	_, err = t.ExecContext(ctx, `delete from bounces where subscriber_id = $1 and id not in (
		select id from bounces where subscriber_id = $1 order by id desc limit $2)`, id, namets.MaxBounces)
	if err != nil {
		return false, err
	}
	if err := t.audit(ctx, by, "bounce", namets.KindSubscribers, id, struct {
		Kind namets.BounceKind `json:"kind"`
	}{b.Kind}); err != nil {
		return false, err
	}
	var inRow int
	err = t.QueryRowContext(ctx, `select count(*) from bounces where subscriber_id = $1 and in_row`, id).Scan(&inRow)
	if err != nil {
		return false, err
	}
	if reason, ends := b.Reason(inRow); ends {
		return true, t.endMailing(ctx, by, s.Email, reason)
	}
	return t.silenced(ctx, s.Email)
}

// endMailing makes every subscriber of the mailbox inactive, deletes its pending confirmations and
// records the final reason.
func (t *tx) endMailing(ctx context.Context, by namets.Actor, email string, reason namets.SuppressionReason) error {
	list, err := subscribers().all(ctx, t, withMailbox+" order by id", namets.EmailKey(email))
	if err != nil {
		return err
	}
	no := false
	for _, s := range list {
		if err := t.updateSubscriber(ctx, by, s.ID, 0, namets.SubscriberPatch{IsActive: &no}); err != nil {
			return err
		}
	}
	if err := t.dropPending(ctx, email); err != nil {
		return err
	}
	return t.suppress(ctx, email, namets.Suppression{Reason: reason, Since: t.now})
}

// deliverable begins the row of soft bounces of the mailbox again.
func (t *tx) deliverable(ctx context.Context, email string) error {
	_, err := t.ExecContext(ctx, `update bounces set in_row = false where in_row and subscriber_id in (
		select id from subscribers `+withMailbox+`)`, namets.EmailKey(email))
	return err
}

// Bounces returns the bounces of the subscriber with the id, newest first.
func (db *DB) Bounces(ctx context.Context, id int64) (list []namets.Bounce, err error) {
	rows, err := db.reader.QueryContext(ctx, `select kind, detail, at from bounces where subscriber_id = $1
		order by id desc`, id)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b namets.Bounce
		if err := rows.Scan(&b.Kind, &b.Detail, instant{&b.At}); err != nil {
			return nil, db.wrap(err)
		}
		list = append(list, b)
	}
	return list, db.wrap(rows.Err())
}

// Suppression returns why the address gets no e-mail, and nil if it may get some.
func (db *DB) Suppression(ctx context.Context, email string) (*namets.Suppression, error) {
	all, err := readSuppressions(ctx, db.reader, "true")
	if err != nil {
		return nil, err
	}
	if s, is := all.of(email); is {
		return &s, nil
	}
	return nil, nil
}

// LiftSuppression makes the subscriber with the id active again and deletes the record that the
// address gets no e-mail, for whatever reason: the caller knows that it is over. A revision other
// than 0 must match the stored one. Errors: NotFound; Conflict for another revision.
func (db *DB) LiftSuppression(ctx context.Context, by namets.Actor, id, revision int64) error {
	return db.write(ctx, func(t *tx) error {
		s, err := t.atRevision(ctx, id, revision)
		if err != nil {
			return err
		}
		if err := t.unsuppress(ctx, s.Email); err != nil {
			return err
		}
		if err := t.deliverable(ctx, s.Email); err != nil {
			return err
		}
		if err := t.audit(ctx, by, "lift", namets.KindSubscribers, id, nil); err != nil {
			return err
		}
		yes := true
		return t.updateSubscriber(ctx, by, id, 0, namets.SubscriberPatch{IsActive: &yes})
	})
}
