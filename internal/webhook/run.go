package webhook

import (
	"context"
	"math/rand/v2"
	"time"

	"namets/internal/namets"
)

func random() float64 { return rand.Float64() }

// run is one call of [Worker.Run]. Only its goroutine accesses it; attempts pass their results
// through finished.
type run struct {
	*Worker
	attempts context.Context // of all attempts
	finished chan finished
	// The open attempts: the urgent ones, and the others, which start one after the other.
	urgent, others *lane
	line           line
	pace           pace
	clock          *clock

	released   bool             // leases of the process before are gone
	ready      bool             // Config.Ready has said yes
	waiting    bool             // it has said no, which was logged
	outcomes   []namets.Outcome // not yet written
	redateNext time.Time        // on the monotonic clock, as pruneNext
	pruneNext  time.Time
	troubled   bool // the last call of the store failed
}

func (w *Worker) newRun(attempts context.Context) *run {
	r := &run{Worker: w, attempts: attempts, finished: make(chan finished, parallel+urgentMost),
		pace:  newPace(w.cfg.Now()),
		clock: newClock(w.cfg.Now), pruneNext: time.Now().Add(pruneFirst)}
	r.urgent, r.others = newLanes()
	return r
}

// lane returns the lane of a kind.
func (r *run) lane(kind namets.NotificationKind) *lane {
	if kind.Info().Urgent {
		return r.urgent
	}
	return r.others
}

// lease is the duration of a claim.
func (r *run) lease() time.Duration {
	timeout := time.Duration(0)
	if r.cfg.Client != nil {
		timeout = r.cfg.Client.cfg.Timeout
	}
	return timeout + leaseSlack
}

// finished is a completed attempt.
type finished struct {
	claim  namets.Claim
	result Result
}

// step does all work that is possible now. It returns how long to wait for the next step, unless a
// hint or a result arrives.
func (r *run) step(ctx context.Context) time.Duration {
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
	if err := r.redate(ctx); err != nil {
		return 0, err
	}
	for {
		r.collect()
		agenda, err := r.cfg.Store.Agenda(ctx)
		if err != nil {
			return 0, err
		}
		if reached(agenda.Due, r.cfg.Now()) {
			if err := r.queueDue(ctx); err != nil {
				return 0, err
			}
			continue
		}
		limits, wait, err := r.limits(ctx, agenda)
		if err != nil {
			return 0, err
		}
		switch {
		case limits.Urgent+limits.Rest > 0:
			if none, err := r.claim(ctx, limits); none || err != nil { // none: the store's clock is behind
				return storePause, err
			}
		case len(r.outcomes) > 0:
			if err := r.write(ctx); err != nil {
				return 0, err
			}
		default:
			return r.rest(ctx, agenda, wait)
		}
	}
}

// sends reports whether attempts may be made, and logs what they wait for.
func (r *run) sends() bool {
	if r.cfg.Client == nil {
		return false
	}
	if !r.ready {
		r.ready = r.cfg.Ready()
		if r.ready == r.waiting { // told once, and once more when it is over
			r.waiting = !r.ready
			if r.waiting {
				r.cfg.Log.Warn("webhooks wait until the token source has said whether it holds a signing key")
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

// rest returns how long the worker can rest, given that no attempt can begin within wait. Once an
// hour it removes old deliveries.
func (r *run) rest(ctx context.Context, agenda namets.Agenda, wait time.Duration) (time.Duration, error) {
	if !time.Now().Before(r.pruneNext) {
		if !r.clock.doubt(farJump) {
			touched, err := r.cfg.Store.PruneDeliveries(ctx, r.cfg.Retention)
			if err != nil {
				return 0, err
			}
			if touched > 0 {
				return 0, nil // there may be more
			}
		}
		r.pruneNext = time.Now().Add(pruneEvery)
	}
	if !agenda.Due.IsZero() {
		wait = min(wait, agenda.Due.Sub(r.cfg.Now()))
	}
	if r.waiting {
		wait = min(wait, readyPause)
	}
	return wait, nil
}

// begin starts the claimed attempt, or records that there is none.
func (r *run) begin(c namets.Claim) {
	lane := r.lane(c.Kind)
	if !lane.open[c.ID].IsZero() {
		return // the machine slept, or its clock was set, and the lease ended before the attempt
	}
	if c.Skip != "" {
		r.skip(c)
		return
	}
	alone := len(lane.open) == 0
	patience := lane.begin(c.ID, time.Now(), r.cfg.Client.cfg.Timeout)
	if c.Scheduled.After(r.cfg.Now()) {
		r.pace.open[c.ID] = true
	}
	r.count(func(s *Stats) { s.InFlight++ })
	if lane == r.urgent {
		go func() { // ends with its context at the latest; stop waits for it
			r.finished <- finished{c, r.cfg.Client.SendWithin(r.attempts, patience, c.WebhookID, c.Body)}
		}()
		return
	}
	position := r.line.join(alone)
	go func() { // ends as the one above
		<-position.ready // it comes: those before pass when their patience ends
		hold := time.AfterFunc(position.patience, position.pass)
		result := r.cfg.Client.SendWithin(r.attempts, patience, c.WebhookID, c.Body)
		hold.Stop()
		position.pass()
		r.finished <- finished{c, result}
	}()
}

// skip records that the delivery no longer applies. If only the time says so and the clock was set
// recently, the delivery waits instead until the clock can be trusted.
func (r *run) skip(c namets.Claim) {
	if c.Expired && r.clock.doubt(0) {
		r.outcomes = append(r.outcomes,
			namets.Outcome{ID: c.ID, State: namets.Pending, Next: r.cfg.Now().Add(expiredAgain),
				Recipients: c.Recipients, Reason: c.Skip + ", if the clock is right, which was set lately"})
		return
	}
	r.outcomes = append(r.outcomes, namets.Outcome{ID: c.ID, State: namets.Skipped, Reason: c.Skip,
		Withdrawn: c.Withdrawn})
	r.count(func(s *Stats) { s.Skipped++ })
}

// collect receives the results that are available.
func (r *run) collect() {
	for len(r.finished) > 0 {
		r.settle(<-r.finished)
	}
}

// write stores the collected results in one transaction. They stay here until that succeeds.
func (r *run) write(ctx context.Context) error {
	r.collect()
	if len(r.outcomes) == 0 {
		return nil
	}
	// The result of an attempt is stored even if the worker is stopped in the meantime.
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
	r.lane(f.claim.Kind).end(f.claim.ID, &f.result, time.Now())
	r.pace.settle(f.claim.ID, &f.result)
	r.count(func(s *Stats) { s.InFlight-- })
	o := namets.Outcome{ID: f.claim.ID, Recipients: f.claim.Recipients, Attempt: &f.result.Attempt,
		State: namets.Delivered}
	switch {
	case f.result.Cut: // nobody knows whether it arrived: it goes out again at the next start
		o.State, o.Next, o.Cut = namets.Pending, r.cfg.Now(), true
		r.outcomes = append(r.outcomes, o)
		return
	case !f.result.Delivered():
		r.again(&f, &o)
	}
	r.outcomes = append(r.outcomes, o)
	r.observe(&f.result, o.State)
}

// again schedules the next attempt of a delivery after a failure. A failed early attempt changes
// nothing: the delivery waits for its original time.
func (r *run) again(f *finished, o *namets.Outcome) {
	now := r.cfg.Now()
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
	wait, again := backoff(f.claim.Failures+1, f.result.RetryAfter, r.cfg.Random())
	o.State, o.Next = namets.Pending, now.Add(wait)
	if !again {
		o.State = namets.Dead
		r.cfg.Log.Warn("webhook given up", "webhook_id", f.claim.WebhookID, "kind", f.claim.Kind,
			"attempts", f.claim.Failures+1, "error", f.result.Error)
	}
}

// observe counts the result, and logs when the state of the target changes.
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
		r.cfg.Log.Warn("webhooks do not arrive: they wait and are tried again", "host", r.cfg.Client.Host(),
			"error", result.Error)
	case recovered:
		r.cfg.Log.Info("webhooks arrive again", "host", r.cfg.Client.Host(),
			"failing_for", r.cfg.Now().Sub(since).Round(time.Second).String())
	}
}

func (r *run) count(change func(*Stats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.stats)
}

// stop waits for the open attempts, cancels those that take too long, and stores all results, which
// ends their leases.
func (r *run) stop(ctx context.Context, cut func()) {
	patience := time.AfterFunc(stopPatience, cut)
	defer patience.Stop()
	for len(r.urgent.open)+len(r.others.open) > 0 {
		r.settle(<-r.finished)
	}
	if err := r.write(ctx); err != nil {
		r.cfg.Log.Error("results of webhooks were not written: the next start sends them again", "error", err)
	}
}
