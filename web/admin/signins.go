package admin

import (
	"context"
	"time"

	"namets/internal/namets"
)

// manyRefused is how many refused sign-ins in [refusedWithin] are more than people's own mistakes.
const (
	manyRefused   = 10
	refusedWithin = 24 * time.Hour
)

// aboutSignIns tells an owner that somebody guesses passwords.
func (v *visit) aboutSignIns(ctx context.Context) ([]concern, error) {
	if !v.may(namets.Owner) {
		return nil, nil
	}
	n, err := v.admin.store.RefusedSignIns(ctx, v.admin.cfg.Now().Add(-refusedWithin))
	if err != nil {
		return nil, err
	}
	throttling := v.admin.cfg.Accounts.Throttling()
	if n < manyRefused && !throttling {
		return nil, nil
	}
	what := count(n).of("sign-in", "sign-ins") + " failed in the last 24 hours, or came too often to be checked."
	if throttling {
		what = "Sign-ins are being throttled: somebody may be guessing passwords. " + what
	}
	return []concern{{"warn", what, "See in the activity whose name was tried and from where. " +
		"A browser in which you have signed in before lets you in all the same.", activityPath}}, nil
}
