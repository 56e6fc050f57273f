package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// oldestPendingSQL is when the oldest pending delivery to the target $1 was queued, and
// lastAttemptSQL its last attempt, without the target's answer. Those to hooks are found by the
// hook and those to the target of the configuration among all, of which they are most.
const (
	oldestPendingSQL = `select created_at from deliveries where state = 'pending' and hook_id = $1 order by id limit 1`
	lastAttemptSQL   = `
		select a.at, a.status, a.error from attempts a where a.delivery_id = (select id from deliveries
			where hook_id = $1 and attempts > 0 order by id desc limit 1) order by a.id desc limit 1`
	lastHookAttemptSQL = `
		select a.at, a.status, a.error from attempts a where a.delivery_id = (select id from deliveries
			where hook_id = $1 and hook_id <> 0 and attempts > 0 order by id desc limit 1) order by a.id desc limit 1`
)

// TargetStates returns the state of each target that has deliveries, by the id of its hook.
func (db *DB) TargetStates(ctx context.Context) (states map[int64]namets.TargetState, err error) {
	err = db.read(ctx, func(t readTx) error {
		if states, err = targetCounts(ctx, t); err != nil {
			return err
		}
		for hook, s := range states {
			var oldest sql.NullInt64
			err := t.QueryRowContext(ctx, oldestPendingSQL, hook).Scan(&oldest)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			s.OldestPending = timeOf(oldest)
			if s.LastAttempt, err = lastAttempt(ctx, t, hook); err != nil {
				return err
			}
			states[hook] = s
		}
		return nil
	})
	return states, err
}

// targetCounts counts the deliveries to each target that has any.
func targetCounts(ctx context.Context, q querier) (map[int64]namets.TargetState, error) {
	rows, err := q.QueryContext(ctx, "select hook_id, state, failing, n from delivery_counts where n > 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	states := map[int64]namets.TargetState{}
	for rows.Next() {
		var hook int64
		var state namets.DeliveryState
		var failing bool
		var n int
		if err := rows.Scan(&hook, &state, flag{&failing}, &n); err != nil {
			return nil, err
		}
		s := states[hook]
		s.Hook = hook
		switch state {
		case namets.Pending:
			s.Pending += n
			if failing {
				s.Waiting += n
			}
		case namets.Held:
			s.Held += n
		case namets.Dead:
			s.Dead += n
		}
		states[hook] = s
	}
	return states, rows.Err()
}

// lastAttempt returns the last attempt of the target; nil if there was none.
func lastAttempt(ctx context.Context, q querier, hook int64) (*namets.Attempt, error) {
	query := lastHookAttemptSQL
	if hook == namets.LegacyHook {
		query = lastAttemptSQL
	}
	var a namets.Attempt
	err := q.QueryRowContext(ctx, query, hook).Scan(instant{&a.At}, &a.Status, &a.Error)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &a, err
}
