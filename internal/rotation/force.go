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
	// Reload makes it read the token source. It may return before that is done; an error of the
	// source is in the status. Errors: ErrUnreachable.
	Reload(ctx context.Context) error
	// Status is its last known token status.
	Status(ctx context.Context) (token.Status, error)
}

// DefaultWait is the time for a token to be in force: one read of the source may take 10 seconds.
const DefaultWait = 15 * time.Second

const (
	lookEvery   = 20 * time.Millisecond
	reloadEvery = time.Second // a source may deliver the token before for a moment
)

// BringIntoForce makes the serving namets read its source until the token with the fingerprint is
// in force and, if alone is set, no other is accepted, for at most wait (0 means [DefaultWait]). It
// returns the last known status. Errors: [ErrNotInForce], [ErrStillAccepted] if only the previous
// token is in the way, and those of Reload.
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
