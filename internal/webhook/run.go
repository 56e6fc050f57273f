package webhook

import (
	"context"
	"math/rand/v2"
	"time"

	"namets/internal/namets"
)

func random() float64 { return rand.Float64() }

// run is one call of [Worker.Run]. Its goroutine alone touches it; attempts hand their results over through finished.
type run struct {
	*Worker
	attempts context.Context // of all attempts
	finished chan finished
	open     map[int64]bool // ids of deliveries with an attempt under way
	line     line           // of the attempts that have yet to begin

	released  bool             // leases of the process before are gone
	ready     bool             // Config.Ready has said yes
	held      bool             // it has said no, and the log tells so
	outcomes  []namets.Outcome // not yet written
	pruneNext time.Time
	troubled  bool // the last call of the store failed
}

// finished is an attempt that came to its end.
type finished struct {
	claim  namets.Claim
	result Result
}

// turn does everything that can be done now and returns how long there is nothing more to do, unless a hint or a result
// comes.
func (r *run) turn(ctx context.Context) time.Duration {
	wait, err := r.work(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return 0
		}
		if !r.troubled {
			r.cfg.Log.Error("the outbox cannot be read or written: webhooks wait", "error", err)
		}
		r.troubled = true
		return storePause
	}
	if r.troubled {
		r.cfg.Log.Info("the outbox can be read and written again")
	}
	r.troubled = false
	return wait
}

func (r *run) work(ctx context.Context) (time.Duration, error) {
	if !r.released {
		if err := r.cfg.Store.ReleaseLeases(ctx); err != nil {
			return 0, err
		}
		r.released = true
	}
	for {
		r.collect()
		agenda, err := r.cfg.Store.Agenda(ctx)
		if err != nil {
			return 0, err
		}
		now := r.cfg.Now()
		if reached(agenda.Due, now) {
			if err := r.queueDue(ctx); err != nil {
				return 0, err
			}
			continue
		}
		free := parallel - len(r.open)
		sends := free > 0 && r.sends()
		switch {
		case sends && reached(agenda.Attempt, now):
			if none, err := r.claim(ctx, free); none || err != nil { // none: the store's clock is behind
				return storePause, err
			}
		case len(r.outcomes) > 0:
			if err := r.write(ctx); err != nil {
				return 0, err
			}
		default:
			return r.rest(ctx, agenda, now, sends)
		}
	}
}

// claim hands the results that have come in to the store and begins with as many new attempts as there may be.
func (r *run) claim(ctx context.Context, free int) (none bool, err error) {
	settled := len(r.outcomes) > 0
	claims, recorded, err := r.cfg.Store.RecordAndClaim(ctx, r.outcomes, free, r.cfg.Client.cfg.Timeout+leaseSlack)
	if recorded {
		r.outcomes = nil
	}
	if err != nil {
		return false, err
	}
	for _, c := range claims {
		r.begin(c)
	}
	return len(claims) == 0 && !settled, nil
}

// sends reports whether attempts may be made, and logs what they wait for.
func (r *run) sends() bool {
	if r.cfg.Client == nil {
		return false
	}
	if !r.ready {
		r.ready = r.cfg.Ready()
		if r.ready == r.held { // told once, and once more when it is over
			r.held = !r.ready
			if r.held {
				r.cfg.Log.Warn("webhooks wait until the token source has told whether a signing key stands beside the token")
			} else {
				r.cfg.Log.Info("the token source has answered: webhooks go out")
			}
		}
	}
	return r.ready
}

// reached reports whether at is set and not in the future.
func reached(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

func (r *run) queueDue(ctx context.Context) error {
	for {
		if more, err := r.cfg.Store.QueueDue(ctx); !more || err != nil {
			return err
		}
	}
}

// rest returns how long nothing is due; once an hour it removes what was kept long enough.
func (r *run) rest(ctx context.Context, agenda namets.Agenda, now time.Time, sends bool) (time.Duration, error) {
	if !now.Before(r.pruneNext) {
		touched, err := r.cfg.Store.PruneDeliveries(ctx, r.cfg.Retention)
		if err != nil {
			return 0, err
		}
		if touched > 0 {
			return 0, nil // there may be more
		}
		r.pruneNext = now.Add(pruneEvery)
	}
	wait := longestSleep
	if !agenda.Due.IsZero() {
		wait = min(wait, agenda.Due.Sub(now))
	}
	if !agenda.Attempt.IsZero() && sends {
		wait = min(wait, agenda.Attempt.Sub(now))
	}
	if r.held {
		wait = min(wait, readyPause)
	}
	return wait, nil
}

// begin starts the attempt that was claimed, or notes that there is none.
func (r *run) begin(c namets.Claim) {
	if r.open[c.ID] {
		return // the machine slept, or its clock was set, and the lease ended before the attempt
	}
	if c.Skip != "" {
		r.outcomes = append(r.outcomes, namets.Outcome{ID: c.ID, State: namets.Skipped, Reason: c.Skip, Withdrawn: c.Withdrawn})
		r.count(func(s *Stats) { s.Skipped++ })
		return
	}
	place := r.line.join(len(r.open) == 0)
	r.open[c.ID] = true
	r.count(func(s *Stats) { s.InFlight++ })
	go func() { // ends with its context at the latest; stop waits for it
		<-place.turn // it comes: those before pass when their patience ends
		patience := time.AfterFunc(place.patience, place.pass)
		result := r.cfg.Client.Send(r.attempts, c.WebhookID, c.Body)
		patience.Stop()
		place.pass()
		r.finished <- finished{c, result}
	}()
}

// collect takes the results that have come in.
func (r *run) collect() {
	for len(r.finished) > 0 {
		r.settle(<-r.finished)
	}
}

// write hands the results that have come in to the store, all in one transaction. They stay here until it has them.
func (r *run) write(ctx context.Context) error {
	r.collect()
	if len(r.outcomes) == 0 {
		return nil
	}
	// An attempt that was made is written down even when the worker is told to stop meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := r.cfg.Store.RecordOutcomes(ctx, r.outcomes); err != nil {
		return err
	}
	r.outcomes = nil
	return nil
}

// settle decides what a result means for its delivery.
func (r *run) settle(f finished) {
	delete(r.open, f.claim.ID)
	r.count(func(s *Stats) { s.InFlight-- })
	if f.result.Cut { // nobody knows whether it arrived: it goes out again at the next start
		r.outcomes = append(r.outcomes, namets.Outcome{ID: f.claim.ID, State: namets.Pending, Next: r.cfg.Now(),
			Recipients: f.claim.Recipients, Attempt: &f.result.Attempt, Cut: true})
		return
	}
	o := namets.Outcome{ID: f.claim.ID, Recipients: f.claim.Recipients, Attempt: &f.result.Attempt, State: namets.Delivered}
	if !f.result.Delivered() {
		wait, again := backoff(f.claim.Failures+1, f.result.RetryAfter, r.cfg.Random())
		o.State, o.Next = namets.Pending, r.cfg.Now().Add(wait)
		if !again {
			o.State = namets.Dead
			r.cfg.Log.Warn("webhook given up", "webhook_id", f.claim.WebhookID, "kind", f.claim.Kind,
				"attempts", f.claim.Failures+1, "error", f.result.Error)
		}
	}
	r.outcomes = append(r.outcomes, o)
	r.observe(&f.result, o.State)
}

// observe counts the result, and logs when the target's state changes.
func (r *run) observe(result *Result, state namets.DeliveryState) {
	var failing, recovered bool
	var since time.Time
	r.count(func(s *Stats) {
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
		r.cfg.Log.Warn("webhooks do not arrive: they wait and are tried again", "host", r.cfg.Client.Host(), "error", result.Error)
	case recovered:
		r.cfg.Log.Info("webhooks arrive again", "host", r.cfg.Client.Host(), "failing_for", r.cfg.Now().Sub(since).Round(time.Second).String())
	}
}

func (r *run) count(change func(*Stats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.stats)
}

// stop waits for the open attempts, cuts those off that take too long, and writes what came of all, which ends their leases.
func (r *run) stop(ctx context.Context, cut func()) {
	patience := time.AfterFunc(stopPatience, cut)
	defer patience.Stop()
	for len(r.open) > 0 {
		r.settle(<-r.finished)
	}
	if err := r.write(ctx); err != nil {
		r.cfg.Log.Error("results of webhooks were not written: the next start sends them again", "error", err)
	}
}
