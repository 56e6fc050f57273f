package store

import (
	"context"
	"net/http"
	"time"

	"namets/internal/namets"
)

// A hook is paused when its target says that it is gone, or has answered nothing but 404 for
// missingFor. Its deliveries are given up when they have waited for pausedFor.
const (
	missingFor = 3 * 24 * time.Hour
	pausedFor  = 30 * 24 * time.Hour
)

// The reasons of a pause and of what follows from it.
const (
	pausedGone    = "it answered 410 Gone"
	pausedMissing = "it has answered nothing but 404 Not Found for three days"
	pausedTooLong = "its target was paused for 30 days"
)

// noteAnswer pauses the hook if the answer to an attempt says that nobody listens there any more. A
// failure without an answer says nothing.
func (t *tx) noteAnswer(ctx context.Context, hook int64, a *namets.Attempt) (err error) {
	if hook == namets.LegacyHook || a == nil || a.Status == 0 {
		return nil
	}
	switch a.Status {
	case http.StatusGone:
		return t.pauseHook(ctx, namets.Actor{Kind: namets.System}, hook, pausedGone)
	case http.StatusNotFound:
		var long bool
		err := t.QueryRowContext(ctx, `select exists (select 1 from hooks where id = $1 and failing_since <= $2)`,
			hook, a.At.Add(-missingFor).UnixMicro()).Scan(flag{&long})
		if err == nil && long {
			return t.pauseHook(ctx, namets.Actor{Kind: namets.System}, hook, pausedMissing)
		}
		if err == nil {
			_, err = t.ExecContext(ctx, `update hooks set failing_since = $2 where id = $1 and failing_since is null`,
				hook, a.At.UnixMicro())
		}
		return err
	}
	_, err = t.ExecContext(ctx, `update hooks set failing_since = null where id = $1 and failing_since is not null`,
		hook)
	return err
}

const longPausedSQL = `
	select d.id from hooks h cross join deliveries d
	where h.paused_at < $1 and d.hook_id = h.id and d.hook_id <> 0
		and d.state = 'pending' and d.created_at < $1 limit $2`

// endLongPaused gives up deliveries that have waited too long for a paused hook, and returns their
// number.
func (t *tx) endLongPaused(ctx context.Context) (int, error) {
	ids, err := t.ids(ctx, longPausedSQL, t.now.Add(-pausedFor).UnixMicro(), pruneBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		err := t.recordOutcome(ctx, &namets.Outcome{ID: id, State: namets.Dead, Reason: pausedTooLong})
		if err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
