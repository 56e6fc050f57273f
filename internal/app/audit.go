package app

import (
	"context"
	"log/slog"
	"time"

	"namets/internal/store/sqlite"
)

// auditInterval is how often serve removes expired audit rows.
const auditInterval = 24 * time.Hour

// pruneAudit removes audit rows older than keep, at once and every day, until ctx ends; then it
// returns nil.
func pruneAudit(ctx context.Context, db *sqlite.DB, keep time.Duration, log *slog.Logger) error {
	tick := time.NewTicker(auditInterval)
	defer tick.Stop()
	for {
		if err := pruneAuditOnce(ctx, db, keep); err != nil && ctx.Err() == nil {
			log.Error("remove old audit rows", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// pruneAuditOnce works in small steps, so that nobody waits long for one of them.
func pruneAuditOnce(ctx context.Context, db *sqlite.DB, keep time.Duration) error {
	for removed := 0; ; {
		n, err := db.PruneAudit(ctx, keep)
		removed += n
		if err == nil && n > 0 {
			continue
		}
		if removed > 0 && err == nil {
			err = db.RecordAuditPruned(ctx, removed)
		}
		return err
	}
}
