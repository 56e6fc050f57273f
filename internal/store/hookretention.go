package store

import (
	"context"

	"namets/internal/namets"
)

// hookGone is the skip reason of what waited for a hook that was deleted.
const hookGone = "its hook was deleted"

// pruneHooks removes a hook that was deleted longer than [namets.HookHeld] ago, after it has
// skipped the deliveries that waited for it. It processes a limited number of deliveries and
// returns the number of deliveries and hooks.
func (t *tx) pruneHooks(ctx context.Context) (n int, err error) {
	ids, err := t.ids(ctx, "select id from hooks where deleted_at <= $1 order by deleted_at limit 1",
		t.now.Add(-namets.HookHeld).UnixMicro())
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if n, err = t.skipUnsent(ctx, ids[0]); err != nil || n == pruneBatch {
		return n, err
	}
	if _, err := t.ExecContext(ctx, "delete from hooks where id = $1", ids[0]); err != nil {
		return 0, err
	}
	return n + 1, t.audit(ctx, namets.Actor{Kind: namets.System}, "prune", namets.KindHooks, ids[0], nil)
}

// dropLapsed skips what waited for a deleted hook with the key whose time is over, so that a hook
// that takes its place does not get it.
func (t *tx) dropLapsed(ctx context.Context, tokenID int64, key string) error {
	ids, err := t.ids(ctx, "select id from hooks where token_id = $1 and key = $2 and deleted_at <= $3",
		tokenID, key, t.now.Add(-namets.HookHeld).UnixMicro())
	for _, id := range ids {
		for n := pruneBatch; err == nil && n == pruneBatch; {
			n, err = t.skipUnsent(ctx, id)
		}
	}
	return err
}

// skipUnsent skips at most pruneBatch deliveries to the hook that were not delivered, and removes
// their bodies. It returns their number.
func (t *tx) skipUnsent(ctx context.Context, hook int64) (int, error) {
	ids, err := t.ids(ctx, `select id from deliveries where hook_id = $1 and `+t.dialect.Unindexed("state")+`
		in ('pending', 'held', 'dead') order by id limit $2`, hook, pruneBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		_, err := t.ExecContext(ctx, `update deliveries set state = 'skipped', next_at = null, leased_until = null,
			wake_at = null, scheduled_at = null, finished_at = $2, last_error = $3 where id = $1`,
			id, t.now.UnixMicro(), hookGone)
		if err != nil {
			return 0, err
		}
		if err := t.forget(ctx, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
