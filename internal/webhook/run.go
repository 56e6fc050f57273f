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
	clock    *clock
	targets  map[int64]*target // by hook, 0 for the target of the configuration

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
		clock: newClock(w.cfg.Now), pruneNext: time.Now().Add(pruneFirst)}
	legacy := &target{run: r, client: w.cfg.Client, pace: newPace(w.cfg.Now(), parallel)}
	legacy.urgent, legacy.others = newLanes()
	r.targets = map[int64]*target{namets.LegacyHook: legacy}
	return r
}

// lease is the duration of a claim.
func (r *run) lease() time.Duration {
	timeout := r.cfg.HookTimeout
	if r.cfg.Client != nil {
		timeout = max(timeout, r.cfg.Client.cfg.Timeout)
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
		if err := r.know(ctx, agenda.Targets); err != nil {
			return 0, err
		}
		limits, wait, err := r.limits(ctx, agenda.Targets)
		if err != nil {
			return 0, err
		}
		switch {
		case len(limits) > 0:
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

// settle passes a result to its target.
func (r *run) settle(f finished) { r.targets[f.claim.Hook].settle(&f) }

// stop waits for the open attempts, cancels those that take too long, and stores all results, which
// ends their leases.
func (r *run) stop(ctx context.Context, cut func()) {
	patience := time.AfterFunc(stopPatience, cut)
	defer patience.Stop()
	for _, t := range r.targets {
		for t.busy() {
			r.settle(<-r.finished)
		}
	}
	if err := r.write(ctx); err != nil {
		r.cfg.Log.Error("results of webhooks were not written: the next start sends them again", "error", err)
	}
}
