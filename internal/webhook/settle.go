package webhook

import (
	"time"

	"namets/internal/namets"
)

// settle decides what a result means for its delivery.
func (t *target) settle(f *finished) {
	t.lane(f.claim.Kind).end(f.claim.ID, &f.result, time.Now())
	t.pace.settle(f.claim.ID, &f.result)
	t.count(func(s *TargetStats) { s.InFlight-- })
	o := namets.Outcome{ID: f.claim.ID, Recipients: f.claim.Recipients, Attempt: &f.result.Attempt,
		State: namets.Delivered}
	switch {
	case f.result.Cut: // nobody knows whether it arrived: it goes out again at the next start
		o.State, o.Next, o.Cut = namets.Pending, t.cfg.Now(), true
		t.outcomes = append(t.outcomes, o)
		return
	case !f.result.Delivered():
		t.again(f, &o)
	case f.claim.ReportWithin > 0:
		o.Accepted, o.State, o.Next = true, namets.Pending, t.cfg.Now().Add(f.claim.ReportWithin)
	}
	t.outcomes = append(t.outcomes, o)
	t.observe(&f.result, o.State)
}

// again schedules the next attempt of a delivery after a failure. A failed early attempt changes
// nothing: the delivery waits for its original time.
func (t *target) again(f *finished, o *namets.Outcome) {
	now := t.cfg.Now()
	asked := min(f.result.RetryAfter, longestWait)
	if asked > 0 {
		o.Wake = now.Add(asked)
	}
	if early := f.claim.Scheduled; early.After(now) && early.Before(now.Add(2*longestWait)) {
		o.State, o.Early = namets.Pending, true
		o.Wake = now.Add(max(asked, restAfter(f.claim.Wakes+1)))
		o.Next = now.Add(max(asked, early.Sub(now)))
		return
	}
	wait, again := backoff(f.claim.Failures+1, f.result.RetryAfter, t.cfg.Random())
	o.State, o.Next = namets.Pending, now.Add(wait)
	if !again {
		o.State = namets.Dead
		t.cfg.Log.Warn("webhook given up", t.about("webhook_id", f.claim.WebhookID, "kind", f.claim.Kind,
			"attempts", f.claim.Failures+1, "error", f.result.Error)...)
	}
}

// about returns the attributes of a log line, and says which hook they are about.
func (t *target) about(attributes ...any) []any {
	if t.id == namets.LegacyHook {
		return attributes
	}
	return append(attributes, "hook", t.id)
}

// observe counts the result, and logs when the state of the target changes.
func (t *target) observe(result *Result, state namets.DeliveryState) {
	var failing, recovered bool
	var since time.Time
	t.count(func(s *TargetStats) {
		if result.Delivered() {
			s.Delivered++
			recovered, since = !s.FailingSince.IsZero(), s.FailingSince
			s.FailingSince, s.LastError = time.Time{}, ""
			return
		}
		s.Failed++
		if state == namets.Dead {
			s.Dead++
		}
		if failing = s.FailingSince.IsZero(); failing {
			s.FailingSince = result.At
		}
		s.LastError = result.Error
	})
	switch {
	case failing:
		t.cfg.Log.Warn("webhooks do not arrive: they wait and are tried again", t.about("host", t.client.Host(),
			"error", result.Error)...)
	case recovered:
		t.cfg.Log.Info("webhooks arrive again", t.about("host", t.client.Host(),
			"failing_for", t.cfg.Now().Sub(since).Round(time.Second).String())...)
	}
}
