package app

import (
	"context"
	"log/slog"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// answersInterval is how often serve removes answers that are no longer kept.
const answersInterval = time.Hour

// pruneAnswers removes the answers to requests with an Idempotency-Key, and the deletions for
// consumers, that are no longer kept, at once and every hour, until ctx ends; then it returns nil.
func pruneAnswers(ctx context.Context, db *sqlite.DB, log *slog.Logger) error {
	prune := func(act string, some func() (int, error)) {
		for n, err := 1, error(nil); n > 0; {
			if n, err = some(); err != nil && ctx.Err() == nil {
				log.Error(act, "error", err)
			}
		}
	}
	tick := time.NewTicker(answersInterval)
	defer tick.Stop()
	for {
		prune("remove old answers", func() (int, error) { return db.PruneAnswers(ctx) })
		prune("remove old changes", func() (int, error) { return db.PruneChanges(ctx, namets.ChangesKept) })
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
