package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// longestWait is the longest that the schedule of attempts, or a receiver's Retry-After, puts an
// attempt off.
const longestWait = 29 * time.Hour

// What lies further ahead of $1, which is now, than it can have been put there by a clock that was
// right: $2 is the longest wait, $3 the longest lease. What has never failed is due when it is
// queued.
const misdated = `next_at > $1 and case
	when leased_until is not null then next_at > $1 + $3
	else failures = 0 or failed_at > $1 or next_at > $1 + $2 end`

// RedateDeliveries makes due what lies further ahead than any schedule puts it, because the clock
// was wrong when it was put there; what failed under such a clock waits from now on for as long as
// it was to wait. Leases that last longer than lease end. It returns how many there were and does
// not wait for the write lock when there are none.
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
		result, err := t.ExecContext(ctx, `
			update deliveries set leased_until = null,
				next_at = case when leased_until is null and failures > 0 and failed_at > $1
					then `+t.waitFromNow("next_at")+` else $1 end,
				wake_at = case when wake_at is not null and failed_at > $1 then `+t.waitFromNow("wake_at")+`
					when wake_at > $1 then $1 else wake_at end,
				failed_at = case when failed_at > $1 then $1 else failed_at end
			where `+misdated, args...)
		if err != nil {
			return err
		}
		gone, err := result.RowsAffected()
		n, t.hints = int(gone), true
		return err
	})
	return n, err
}

// waitFromNow is the time that is as long after $1 as the column is after the last failure, $2 at
// most.
func (s session) waitFromNow(column string) string {
	return "$1 + " + s.dialect.Greatest("0", s.dialect.Least(column+" - failed_at", "$2"))
}

// WakeSome makes up to limit deliveries due that wait after a failure, those first that have
// waited longest; they lose nothing when they fail once more. The worker takes it as the sign to
// go on with the rest when one of them is delivered. It returns how many there were.
func (db *DB) WakeSome(ctx context.Context, by namets.Actor, limit int) (n int, err error) {
	err = db.write(ctx, func(t *tx) error {
		result, err := t.ExecContext(ctx, `
			update deliveries set scheduled_at = next_at, next_at = $1, wake_at = null where id in (
				select id from deliveries where wake_at <= $1 and next_at > $1 order by wake_at, id limit $2)`,
			t.now.UnixMicro(), limit)
		if err != nil {
			return err
		}
		woken, err := result.RowsAffected()
		if n, t.hints = int(woken), true; n == 0 || err != nil {
			return err
		}
		return t.audit(ctx, by, "retry", namets.KindDeliveries, 0, struct {
			Count int `json:"count"`
		}{n})
	})
	return n, err
}
