package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// heldBefore selects the held deliveries that would have been sent for the first time before $1.
const heldBefore = `state = 'held' and coalesce(due_at, created_at) < $1`

// HeldDeliveries counts the held deliveries that would have been sent for the first time before the
// given time, by kind, in the order of [namets.NotificationKinds]. Kinds without any are left out.
func (db *DB) HeldDeliveries(ctx context.Context, before time.Time) ([]namets.HeldCount, error) {
	return countHeld(ctx, db.reader, before)
}

func countHeld(ctx context.Context, q querier, before time.Time) (list []namets.HeldCount, err error) {
	rows, err := q.QueryContext(ctx, `select kind, count(*), sum(recipients) from deliveries where `+heldBefore+
		` group by kind`, before.UnixMicro())
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	counts := map[namets.NotificationKind]namets.HeldCount{}
	for rows.Next() {
		var c namets.HeldCount
		if err := rows.Scan(&c.Kind, &c.Count, &c.Recipients); err != nil {
			return nil, q.wrap(err)
		}
		counts[c.Kind] = c
	}
	for _, kind := range namets.NotificationKinds() {
		if c, ok := counts[kind]; ok {
			list = append(list, c)
		}
	}
	return list, q.wrap(rows.Err())
}

// ReleaseHeld makes the held deliveries that would have been sent for the first time before the
// given time pending, in their order and under their webhook-ids, and returns their number.
func (db *DB) ReleaseHeld(ctx context.Context, by namets.Actor, before time.Time) (n int, err error) {
	return db.decideHeld(ctx, by, "release", before, `update deliveries set state = 'pending', next_at = $2, `+
		`failures = 0, failed_at = null, wakes = 0 where `+heldBefore)
}

// skippedByHand is the skip reason of a held delivery that somebody decided not to send.
const skippedByHand = "held after a restore, and then skipped by hand"

// SkipHeld skips the held deliveries that would have been sent for the first time before the given
// time, because they were sent before the restore. It returns their number. Their subjects count as
// announced.
func (db *DB) SkipHeld(ctx context.Context, by namets.Actor, before time.Time) (n int, err error) {
	return db.decideHeld(ctx, by, "skip", before,
		`update deliveries set state = 'skipped', finished_at = $2, last_error = '`+skippedByHand+`' where `+heldBefore)
}

// decideHeld runs the statement on the held deliveries from before the given time; $2 is now.
func (db *DB) decideHeld(ctx context.Context, by namets.Actor, action string, before time.Time,
	statement string) (n int, err error) {
	err = db.write(ctx, func(t *tx) error {
		n, err = t.exec(ctx, statement, before.UnixMicro(), t.now.UnixMicro())
		if n == 0 || err != nil {
			return err
		}
		if err := t.reorder(ctx); err != nil {
			return err
		}
		return t.audit(ctx, by, action, namets.KindDeliveries, 0, countDetail{n})
	})
	return n, err
}

// CountHeld returns how many deliveries are held.
func (db *DB) CountHeld(ctx context.Context) (held int, err error) {
	err = db.reader.QueryRowContext(ctx, `select count(*) from deliveries where state = 'held'`).Scan(&held)
	return held, db.wrap(err)
}
