package app

import (
	"context"
	"log/slog"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/token"
)

const (
	// securityInterval is how often serve checks whether something may be an attack.
	securityInterval = time.Minute
	// oldTokenOver is how long nobody must have sent a replaced token until its use is over.
	oldTokenOver = time.Hour
)

// The texts of the alerts. They name neither people nor addresses: the activity log does.
const (
	oldTokenText = "Requests with an API token that was replaced arrive and are refused: a workflow still has it, or " +
		"somebody else does. The page API token shows who sends it."
	guessingText = "Many sign-ins fail: somebody may be guessing passwords. The activity log shows which names were " +
		"tried and from where."
)

// securityWatch queues an alert for hooks when a condition starts that the overview of the admin
// shows too: once until it is over. What is there at its first check is not a start: the process
// before has announced it.
type securityWatch struct {
	now func() time.Time
	// token returns the state of the API token.
	token func() token.Status
	// guessing reports whether somebody is probably guessing passwords.
	guessing func(context.Context) (bool, error)
	// queue queues an alert for the hooks.
	queue func(context.Context, namets.Notification) error

	checked bool
	refused int64     // requests with replaced tokens until the last check
	sent    time.Time // when a check last found more of them; zero: their use is over
	guessed bool      // somebody was guessing at the last check
}

// run checks until ctx ends; then it returns nil.
func (w *securityWatch) run(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(securityInterval)
	defer tick.Stop()
	for {
		if err := w.check(ctx); err != nil && ctx.Err() == nil {
			log.Error("the alert of what may be an attack cannot be queued yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// check queues the alerts of the conditions that have started since the last check. One that could
// not be queued is queued by the next check.
func (w *securityWatch) check(ctx context.Context) error {
	guessing, err := w.guessing(ctx)
	if err != nil {
		return err
	}
	refused, now := refusedReplaced(w.token()), w.now()
	if !w.checked {
		w.checked, w.refused, w.guessed = true, refused, guessing
		return nil
	}
	if guessing && !w.guessed {
		if err := w.queue(ctx, namets.NewAlert(namets.SecurityAlert, "sign-in", guessingText)); err != nil {
			return err
		}
	}
	w.guessed = guessing
	switch {
	case refused > w.refused:
		if w.sent.IsZero() {
			if err := w.queue(ctx, namets.NewAlert(namets.SecurityAlert, "api-token", oldTokenText)); err != nil {
				return err
			}
		}
		w.sent = now
	case now.Sub(w.sent) >= oldTokenOver:
		w.sent = time.Time{}
	}
	w.refused = refused // fewer: the oldest generation was forgotten
	return nil
}

// refusedReplaced counts the requests with tokens that are refused because they were replaced.
func refusedReplaced(s token.Status) (n int64) {
	for _, g := range s.Generations {
		if g.Role == token.Retired {
			n += g.RefusedSince
		}
	}
	return n
}

// watchSecurity queues alerts of what may be attacks, until ctx ends.
func (a *App) watchSecurity(ctx context.Context) error {
	w := &securityWatch{now: time.Now, token: a.token.Status,
		guessing: func(ctx context.Context) (bool, error) {
			n, err := a.db.RefusedSignIns(ctx, time.Now().Add(-auth.RefusedWithin))
			return a.accounts.accounts.Guessing(n), err
		},
		queue: a.db.QueueAlert,
	}
	return w.run(ctx, a.log)
}
