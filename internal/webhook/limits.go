package webhook

import (
	"context"
	"time"

	"namets/internal/namets"
)

// redate reschedules what a wrong clock scheduled too far ahead: at the start, after the clock was
// set, and from time to time, because another process may have scheduled it.
func (r *run) redate(ctx context.Context) error {
	if by := r.clock.jump(); by != 0 {
		r.cfg.Log.Warn("the clock was set, or the machine slept: what waits is looked through",
			"by", by.Round(time.Second).String())
		r.redateNext = time.Time{}
		for _, t := range r.targets {
			if now := r.cfg.Now(); t.pace.answered.After(now) {
				t.pace.answered = now
			}
		}
	}
	if time.Now().Before(r.redateNext) {
		return nil
	}
	n, err := r.cfg.Store.RedateDeliveries(ctx, r.lease())
	if err != nil {
		return err
	}
	if n > 0 {
		r.cfg.Log.Warn("webhooks were due later than any schedule says, because the clock was wrong: they are "+
			"due again", "count", n)
	}
	r.redateNext = time.Now().Add(redateEvery)
	return nil
}

// limits returns how many attempts may begin now, for each target for which some may. wait is how
// long it lasts until there may be more, unless a hint or a result arrives.
func (r *run) limits(ctx context.Context, agenda []namets.TargetAgenda) (list []namets.ClaimLimits,
	wait time.Duration, err error) {
	wait = longestSleep
	for i := range agenda {
		t := r.targets[agenda[i].Hook]
		if t == nil || t.client == nil || t.id == namets.LegacyHook && !r.sends() {
			continue
		}
		l, pause, err := t.limits(ctx, &agenda[i])
		if err != nil {
			return nil, 0, err
		}
		wait = min(wait, pause)
		if l.Urgent+l.Rest > 0 {
			list = append(list, l)
		}
	}
	return list, wait, nil
}

// limits returns how many attempts may begin now. If none may, it returns how long that lasts,
// unless a hint or a result arrives.
func (t *target) limits(ctx context.Context, agenda *namets.TargetAgenda) (l namets.ClaimLimits, wait time.Duration,
	err error) {
	l.Hook, wait = t.id, longestSleep
	now := t.cfg.Now()
	urgent, next := t.urgent.free(time.Now())
	others, _ := t.others.free(time.Now())
	within := func(free int, at time.Time) int {
		switch {
		case free == 0 || at.IsZero():
		case !at.After(now):
			return free
		default:
			wait = min(wait, at.Sub(now))
		}
		return 0
	}
	l.Urgent, l.Rest = within(urgent, agenda.Urgent), within(others, agenda.Attempt)
	l.NewestFirst = t.urgent.crowded(time.Now())
	if !next.IsZero() && !agenda.Urgent.IsZero() {
		wait = min(wait, max(time.Until(next), agenda.Urgent.Sub(now)))
	}
	if early := t.pace.left(); early > 0 && agenda.Waiting {
		l.Answered = t.pace.answered
		wakeUrgent, wakeRest, err := t.cfg.Store.NextWake(ctx, t.id, l.Answered)
		if err != nil {
			return l, 0, err
		}
		l.WakeUrgent = within(min(early, urgent), wakeUrgent)
		l.WakeRest = within(min(early-l.WakeUrgent, others), wakeRest)
		l.Urgent, l.Rest = max(l.Urgent, l.WakeUrgent), max(l.Rest, l.WakeRest)
	}
	return l, wait, nil
}

// claim writes the collected results to the store and begins as many new attempts as possible.
func (r *run) claim(ctx context.Context, limits []namets.ClaimLimits) (none bool, err error) {
	settled := len(r.outcomes) > 0
	claims, recorded, err := r.cfg.Store.RecordAndClaim(ctx, r.outcomes, limits, r.lease())
	if recorded {
		r.outcomes = nil
	}
	if err != nil {
		return false, err
	}
	for _, c := range claims {
		r.targets[c.Hook].begin(&c)
	}
	return len(claims) == 0 && !settled, nil
}
