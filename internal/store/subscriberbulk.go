package store

import (
	"context"
	"fmt"

	"namets/internal/namets"
)

// ChangeSubscribers does the same to all subscribers with the ids, in one transaction, and returns
// how many of them it changed; ids that nobody has any more are passed over. Each one is announced
// as if it were changed alone.
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

// changeSubscriber does one part of a bulk action and reports whether it changed anything.
func (t *tx) changeSubscriber(ctx context.Context, by namets.Actor, id int64, action namets.BulkAction,
	p namets.SubscriberPatch) (bool, error) {
	if action == namets.BulkDelete {
		err := t.deleteSubscriber(ctx, by, id)
		return err == nil, err
	}
	before, after, err := subscribers().update(ctx, t, by, id, 0, p.Apply)
	if err != nil {
		return false, err
	}
	return before.IsActive != after.IsActive || before.IsVerified != after.IsVerified, t.notifyAboutSubscriber(ctx,
		&before, &after)
}
