package store

import (
	"context"
	"fmt"
	"time"

	"namets/internal/namets"
)

// replaySQL selects what a replay repeats: the deliveries to a hook that are done or were given up,
// unless they repeat others or are being repeated. The hook is $1, the time $2.
const replaySQL = `
	select id from deliveries where hook_id = $1 and hook_id <> 0 and created_at >= $2 and resend_of is null
		and state in ('delivered', 'dead') and kind <> 'ping' and id not in (select resend_of from deliveries
			where hook_id = $1 and hook_id <> 0 and state in ('pending', 'held') and resend_of is not null)
	order by id limit $3`

// ReplayHook queues the deliveries that were queued for the hook since then once more, as
// [DB.Resend] does: each under a new webhook-id, to the recipients who may still receive it. What
// is waiting, and what is being repeated already, is not queued twice, so that a request that is
// repeated does no harm. Errors, after which nothing is queued: NotFound; Invalid with Field since
// if that selects more than [namets.MaxReplay] or lies outside of [namets.ReplayBack].
func (db *DB) ReplayHook(ctx context.Context, by namets.Actor, hook int64, since time.Time) (r namets.Replay,
	err error) {
	err = db.changeHook(ctx, hook, func(t *tx) error {
		if since.After(t.now) || since.Before(t.now.Add(-namets.ReplayBack)) {
			return &namets.Error{Code: namets.Invalid, Field: "since", Message: "must lie within the last seven days"}
		}
		plans, err := db.planReplay(ctx, t, hook, since, &r)
		if err != nil {
			return err
		}
		for i := range plans {
			if _, err := t.requeue(ctx, &plans[i]); err != nil {
				return err
			}
		}
		return t.audit(ctx, by, "replay", namets.KindHooks, hook, countDetail{r.Queued})
	})
	if err != nil {
		return namets.Replay{}, err
	}
	return r, nil
}

// planReplay returns the resends of a replay, and counts them in r.
func (db *DB) planReplay(ctx context.Context, t *tx, hook int64, since time.Time,
	r *namets.Replay) (plans []resending, err error) {
	ids, err := t.ids(ctx, replaySQL, hook, since.UnixMicro(), namets.MaxReplay+1)
	if err != nil {
		return nil, err
	}
	if len(ids) > namets.MaxReplay {
		return nil, &namets.Error{Code: namets.Invalid, Field: "since", Message: fmt.Sprintf(
			"selects more than %d deliveries: choose a later time", namets.MaxReplay)}
	}
	for _, id := range ids {
		plan, err := db.planResend(ctx, namets.Resend{Delivery: id})
		switch code := namets.CodeOf(err); {
		case err == nil:
			plans = append(plans, plan)
		case code == namets.Conflict || code == namets.NotFound:
			r.LeftOut++
		default:
			return nil, err
		}
	}
	r.Queued = len(plans)
	return plans, nil
}
