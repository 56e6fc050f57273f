package auth

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// SignInStats are the counters since the start.
type SignInStats struct {
	SignedIn int64
	Refused  map[namets.RefusalKind]int64 // every kind
}

// Stats returns the counters.
func (a *Accounts) Stats() SignInStats {
	s := SignInStats{SignedIn: a.signedIn.Load(), Refused: map[namets.RefusalKind]int64{}}
	for kind, n := range a.refusals.counts {
		s.Refused[kind] = n.Load()
	}
	return s
}

// Throttling reports whether anybody had to wait before a sign-in in the last minutes.
func (a *Accounts) Throttling() bool { return a.gate.throttling() }

// manyRefused is the number of refused sign-ins in [RefusedWithin] above which typing errors do not
// explain them.
const manyRefused = 10

// RefusedWithin is the time in which refused sign-ins count for [Accounts.Guessing].
const RefusedWithin = 24 * time.Hour

// Guessing reports whether somebody is probably guessing passwords. refused is the number of
// sign-ins that were refused in [RefusedWithin].
func (a *Accounts) Guessing(refused int) bool { return refused >= manyRefused || a.Throttling() }

// Refused counts, logs and audits a refused request of the user, who may be unknown. route is its
// method and pattern. It does not wait.
func (a *Accounts) Refused(c echo.Context, kind namets.RefusalKind, user namets.User, route string) {
	a.refusals.count(kind, user, c.RealIP(), route)
}

// recordFailure is Refused for a failed password check of the kind. It ignores errors that do not
// mean a failure.
func (a *Accounts) recordFailure(c echo.Context, kind namets.RefusalKind, user namets.User, err error) {
	_, wait := errors.AsType[*WaitError](err)
	switch {
	case wait:
		kind = namets.SignInThrottled
	case errors.Is(err, ErrBusy):
		kind = namets.SignInBusy
	case !errors.Is(err, ErrWrongPassword):
		return
	}
	a.refusals.count(kind, user, c.RealIP(), "")
}

// WriteRefusals logs and audits the refusals since the last call.
func (a *Accounts) WriteRefusals(ctx context.Context, log *slog.Logger) error {
	return a.refusals.write(ctx, log)
}

// RunRefusals calls WriteRefusals when there are refusals, at most once a second, until ctx ends,
// and then once more.
func (a *Accounts) RunRefusals(ctx context.Context, log *slog.Logger) error {
	return a.refusals.run(ctx, log)
}
