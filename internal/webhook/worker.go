// Package webhook brings what the outbox holds to n8n (contract section 7): it signs, sends, waits
// and tries again, and gives up in the end where everybody can see it.
//
// It promises that what was queued is sent at least once, always under the same webhook-id, in the
// order of the rows that it is about, and that one receiver or one delivery in trouble holds up
// nobody else. It refuses to follow redirects, to read long answers, and to show any part of the
// webhook URL but its host.
package webhook

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"namets/internal/namets"
)

const (
	// longestSleep is how long the worker trusts its own timer: a machine that slept, a clock that
	// was set and a hint that was lost cost no more than this.
	longestSleep = 30 * time.Second
	// storePause is how long the worker waits when the database is in trouble.
	storePause = time.Second
	// readyPause is how often the worker asks whether it is known how to sign.
	readyPause = time.Second
	// leaseSlack is how much longer than an attempt a claim lasts.
	leaseSlack = 30 * time.Second
	// stopPatience is how long attempts may go on after the worker was told to stop.
	stopPatience = 3 * time.Second
	// storeTimeout bounds writing results.
	storeTimeout = 10 * time.Second
	// pruneEvery is how often deliveries are looked through for what has been kept long enough,
	// and pruneFirst how long after the start: a machine may start with a wrong clock.
	pruneEvery = time.Hour
	pruneFirst = 2 * time.Minute
	// redateEvery is how often they are looked through for what lies too far ahead.
	redateEvery = longestSleep
	// expiredAgain is how long giving a delivery up is postponed because its time is over, when
	// the clock is doubtful.
	expiredAgain = 10 * time.Minute
)

// store is what the worker needs of the outbox; *sqlite.DB has it.
type store interface {
	ReleaseLeases(ctx context.Context) error
	Agenda(ctx context.Context) (namets.Agenda, error)
	NextWake(ctx context.Context, answered time.Time) (urgent, rest time.Time, err error)
	QueueDue(ctx context.Context) (more bool, err error)
	RecordAndClaim(ctx context.Context, outcomes []namets.Outcome, limits namets.ClaimLimits, lease time.Duration) (
		claims []namets.Claim, recorded bool, err error)
	RecordOutcomes(ctx context.Context, outcomes []namets.Outcome) error
	RedateDeliveries(ctx context.Context, lease time.Duration) (n int, err error)
	PruneDeliveries(ctx context.Context, keep time.Duration) (touched int, err error)
}

// Config says how a [Worker] works.
type Config struct {
	Store store
	// Client makes the attempts; nil: notifications are queued when they are due and wait as
	// pending.
	Client *Client
	// Ready reports whether it is known by now how to sign; no attempt is made before. It is not
	// asked again once it has said yes. Nil: from the start.
	Ready func() bool
	// Hints tell the worker that the outbox has changed: sqlite.DB.Queued. The worker is its only
	// reader.
	Hints <-chan struct{}
	// Retention is how long delivered and skipped deliveries are kept; 0: 2160 h.
	Retention time.Duration
	// Log gets one line for each change of the target's state and for each delivery that is given
	// up; nil: slog.Default.
	Log *slog.Logger
	// Now is the clock, the same as the store's; nil: time.Now.
	Now func() time.Time
	// Random returns numbers in [0, 1) that spread the retries; it is called by one goroutine at a
	// time. Nil: math/rand/v2.
	Random func() float64
}

// Worker empties the outbox.
type Worker struct {
	cfg  Config
	wake chan struct{}

	mu    sync.Mutex
	stats Stats
}

// Stats is what a [Worker] has seen since its start.
type Stats struct {
	Delivered, Failed uint64 // attempts by result
	Dead, Skipped     uint64 // deliveries
	InFlight          int
	// FailingSince is when the target's trouble began; zero when its last answer was a good one.
	FailingSince time.Time
	// LastError says in plain words what the trouble is; empty without one.
	LastError string
}

// New returns a worker that does nothing until Run is called.
func New(cfg Config) *Worker {
	if cfg.Retention <= 0 {
		cfg.Retention = 2160 * time.Hour
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Ready == nil {
		cfg.Ready = func() bool { return true }
	}
	if cfg.Random == nil {
		cfg.Random = random
	}
	return &Worker{cfg: cfg, wake: make(chan struct{}, 1)}
}

// Wake makes the worker look at the outbox now. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Stats returns what has happened so far. It never blocks for long.
func (w *Worker) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stats
}

// Run works until ctx ends and then returns nil, after at most three seconds: attempts that are
// still open by then are cut off and go out again at the next start. Only one process may run a
// worker on a database, and it must know that no other one does, for Run begins with releasing all
// leases. Trouble with the database is logged once and waited out.
func (w *Worker) Run(ctx context.Context) error {
	attempts, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	r := w.newRun(attempts)
	if w.cfg.Client == nil {
		w.cfg.Log.Info("N8N_WEBHOOK_URL is not set: webhooks are kept and not sent")
	} else {
		defer w.cfg.Client.CloseIdle()
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			r.stop(ctx, cut)
			return nil
		case <-w.wake:
		case <-w.cfg.Hints:
		case <-timer.C:
		case f := <-r.finished:
			r.settle(f)
		}
		timer.Reset(r.step(ctx))
	}
}
