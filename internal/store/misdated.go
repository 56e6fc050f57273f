package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// longestWait is the longest delay that the retry schedule, or a receiver's Retry-After, gives an
// attempt.
const longestWait = 29 * time.Hour

// Deliveries that are scheduled further after $1, which is now, than a correct clock could have
// scheduled them: $2 is the longest wait, $3 the longest lease. A delivery that has never failed is
// due when it is queued.
const misdated = `next_at > $1 and case
	when leased_until is not null then next_at > $1 + $3
	when accepted_at is not null and failures = 0 then accepted_at > $1 or next_at > $1 + $2
	else failures = 0 or failed_at > $1 or next_at > $1 + $2 end`

// RedateDeliveries corrects deliveries that a wrong clock has scheduled further ahead than any
// schedule allows, and makes them due. If one failed or was accepted under that clock, it waits
// from now for its original delay. Leases that last longer than lease end. RedateDeliveries returns
// the number of corrected deliveries, and does not wait for the write lock if there are none.
func (db *DB) RedateDeliveries(ctx context.Context, lease time.Duration) (n int, err error) {
	args := []any{db.now().UnixMicro(), longestWait.Microseconds(), lease.Microseconds()}
	var found bool
	err = db.reader.QueryRowContext(ctx, `select exists (select 1 from deliveries where `+misdated+`)`,
		args...).Scan(&found)
	if !found || err != nil {
		return 0, db.wrap(err)
	}
	err = db.write(ctx, func(t *tx) error {
		args[0] = t.now.UnixMicro()
		n, err = t.exec(ctx, `
			update deliveries set leased_until = null,
				next_at = case when leased_until is null and failures > 0 and failed_at > $1
						then `+t.waitFromNow("next_at", "failed_at")+`
					when leased_until is null and failures = 0 and accepted_at > $1
						then `+t.waitFromNow("next_at", "accepted_at")+` else $1 end,
				accepted_at = case when accepted_at > $1 then $1 else accepted_at end,
				wake_at = case when wake_at is not null and failed_at > $1
						then `+t.waitFromNow("wake_at", "failed_at")+`
					when wake_at > $1 then $1 else wake_at end,
				failed_at = case when failed_at > $1 then $1 else failed_at end
			where `+misdated, args...)
		t.hints = true
		return err
	})
	return n, err
}

// waitFromNow is $1 plus the time from since, another column, to the column, at most $2.
func (s session) waitFromNow(column, since string) string {
	return "$1 + " + s.dialect.Greatest("0", s.dialect.Least(column+" - "+since, "$2"))
}

// WakeSome makes up to limit deliveries due that wait after a failure, those that have waited
// longest first. Another failure does not count against them. If one of them is delivered, the
// worker continues with the rest. WakeSome returns the number of deliveries.
func (db *DB) WakeSome(ctx context.Context, by namets.Actor, limit int) (n int, err error) {
	err = db.write(ctx, func(t *tx) error {
		n, err = t.exec(ctx, `
			update deliveries set scheduled_at = next_at, next_at = $1, wake_at = null where id in (
				select id from deliveries where hook_id = 0 and wake_at <= $1 and next_at > $1
				order by wake_at, id limit $2)`,
			t.now.UnixMicro(), limit)
		if t.hints = true; n == 0 || err != nil {
			return err
		}
		return t.audit(ctx, by, "retry", namets.KindDeliveries, 0, countDetail{n})
	})
	return n, err
}
