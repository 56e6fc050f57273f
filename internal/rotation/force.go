package rotation

import (
	"cmp"
	"context"
	"errors"
	"time"

	"namets/internal/token"
)

// Serving is the namets that accepts tokens, in this process or in another one.
type Serving interface {
	// Reload makes it read the token's source; it may return before that is done. What the source
	// fails with is in the status. Errors: ErrUntold.
	Reload(ctx context.Context) error
	// Status is what it knows of the token.
	Status(ctx context.Context) (token.Status, error)
}

// DefaultWait is how long a token may take to be in force: one read of the source has 10 seconds.
const DefaultWait = 15 * time.Second

const (
	lookEvery   = 20 * time.Millisecond
	reloadEvery = time.Second // a source may deliver the token before for a moment
)

// BringIntoForce makes the serving namets read its source until the token with the fingerprint is
// in force and, when alone is set, no other, for wait at most (0: [DefaultWait]). It returns what
// the namets last knew. Errors: [ErrNotInForce], [ErrStillAccepted] when only the one before is in
// the way, and those of Reload.
func BringIntoForce(ctx context.Context, serving Serving, fingerprint string, alone bool,
	wait time.Duration) (token.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(wait, DefaultWait))
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var last token.Status
	var reloaded time.Time
	for {
		if time.Since(reloaded) >= reloadEvery {
			if err := serving.Reload(ctx); err != nil && ctx.Err() == nil {
				return last, err
			}
			reloaded = time.Now()
		}
		status, err := serving.Status(ctx)
		if err == nil {
			last = status
		}
		inForce := err == nil && status.Fingerprint == fingerprint
		if inForce && (!alone || status.OverlapEnd.IsZero()) {
			return status, nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			if last.Fingerprint == fingerprint {
				return last, ErrStillAccepted
			}
			return last, errors.Join(ErrNotInForce, context.Cause(ctx))
		}
	}
}
