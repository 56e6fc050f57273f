package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// bodyRetention is how long a delivered or skipped delivery keeps its body and the responses to it,
// which contain addresses.
const bodyRetention = 7 * 24 * time.Hour

// pruneBatch is the maximum number of deliveries that one call of [DB.PruneDeliveries] strips and
// removes, so that its transaction is short.
const pruneBatch = 500

const (
	pruneSQL = `
		delete from deliveries where id in (
			select id from deliveries where state <> 'dead' and finished_at < $1 order by finished_at limit $2)`
	// Deliveries created since then cannot have been finished before: the search ends there.
	stripSQL = `
		select b.delivery_id from delivery_bodies b cross join deliveries d
		where d.id = b.delivery_id and d.state <> 'dead' and d.finished_at < $1 and b.delivery_id < coalesce(
			(select id from deliveries where created_at >= $1 order by created_at, id limit 1), 9223372036854775807)
		limit $2`
)

// PruneDeliveries removes the bodies of deliveries that were delivered or skipped more than seven
// days ago, and removes those that were finished longer ago than keep. Dead deliveries stay.
// Deliveries that have waited for a paused hook for 30 days become dead, and those that have waited
// for a deleted one for [namets.HookHeld] are skipped, with which the hook is gone. Each call
// processes a limited number and returns it: call it again until that is 0.
func (db *DB) PruneDeliveries(ctx context.Context, keep time.Duration) (n int, err error) {
	err = db.write(ctx, func(t *tx) error {
		stripped, err := t.strip(ctx)
		if err != nil {
			return err
		}
		gone, err := t.exec(ctx, pruneSQL, t.now.Add(-keep).UnixMicro(), pruneBatch)
		if err != nil {
			return err
		}
		given, err := t.endLongPaused(ctx)
		if err != nil {
			return err
		}
		n = stripped + gone + given
		if n > 0 {
			err = t.auditPruned(ctx, stripped, gone, given)
		}
		if err != nil {
			return err
		}
		hooks, err := t.pruneHooks(ctx)
		n += hooks
		return err
	})
	return n, err
}

// auditPruned records what [DB.PruneDeliveries] has done.
func (t *tx) auditPruned(ctx context.Context, stripped, gone, given int) error {
	return t.audit(ctx, namets.Actor{Kind: namets.System}, "prune", namets.KindDeliveries, 0, struct {
		Reduced int `json:"reduced"`
		Removed int `json:"removed"`
		GivenUp int `json:"given_up,omitempty"`
	}{stripped, gone, given})
}

// strip removes the bodies and responses of deliveries older than bodyRetention.
func (t *tx) strip(ctx context.Context) (int, error) {
	ids, err := t.ids(ctx, stripSQL, t.now.Add(-bodyRetention).UnixMicro(), pruneBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := t.forget(ctx, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// PruneAudit removes the audit rows older than keep. Each call removes a limited number and returns
// it: call it again until that is 0.
func (db *DB) PruneAudit(ctx context.Context, keep time.Duration) (n int, err error) {
	err = db.write(ctx, func(t *tx) error {
		n, err = t.exec(ctx, `
			delete from audit where id in (select id from audit where at < $1 order by at limit $2)`,
			t.now.Add(-keep).UnixMicro(), pruneBatch)
		return err
	})
	return n, err
}

// RecordAuditPruned records in the audit how many rows [DB.PruneAudit] has removed.
func (db *DB) RecordAuditPruned(ctx context.Context, removed int) error {
	return db.write(ctx, func(t *tx) error {
		return t.audit(ctx, namets.Actor{Kind: namets.System}, "prune", namets.KindAudit, 0, struct {
			Removed int `json:"removed"`
		}{removed})
	})
}
