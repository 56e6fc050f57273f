package system

import (
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// manyRefused is how many refused sign-ins in [refusedWithin] are more than people's own mistakes.
const (
	manyRefused   = 10
	refusedWithin = 24 * time.Hour
)

// aboutSignIns tells an owner that somebody guesses passwords.
func (a *Admin) aboutSignIns(v *page.Visit) ([]concern, error) {
	if !v.May(namets.Owner) {
		return nil, nil
	}
	n, err := a.store.RefusedSignIns(v.Request().Context(), v.Now().Add(-refusedWithin))
	if err != nil {
		return nil, err
	}
	throttling := a.cfg.Accounts.Throttling()
	if n < manyRefused && !throttling {
		return nil, nil
	}
	what := page.Count(n).Of("sign-in", "sign-ins") + " failed in the last 24 hours, or came too often to be checked."
	if throttling {
		what = "Sign-ins are being throttled: somebody may be guessing passwords. " + what
	}
	return []concern{{"warn", what, "See in the activity whose name was tried and from where. " +
		"A browser in which you have signed in before lets you in all the same.", activityPath}}, nil
}
