// Package webhook delivers the outbox to n8n (contract section 7) and to hooks, the targets that
// workflows register. It signs, sends and retries deliveries, and finally gives them up as dead,
// where everybody can see them.
//
// It promises at-least-once delivery, always under the same webhook-id and in the order of the
// changes to a row. One slow receiver or one failing delivery does not delay the others: each
// target has its own attempts, its own pace and its own state. It refuses to follow redirects, to
// read long responses, and to show any part of a webhook URL except its host.
package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

const (
	// longestSleep is how long the worker trusts its timer. It limits the delay after the machine
	// slept, the clock was set, or a hint was lost.
	longestSleep = 30 * time.Second
	// storePause is the pause after a database error.
	storePause = time.Second
	// readyPause is how often the worker checks whether the signing keys are known.
	readyPause = time.Second
	// leaseSlack is how much longer a claim lasts than an attempt.
	leaseSlack = 30 * time.Second
	// stopPatience is how long attempts may continue after the worker was told to stop.
	stopPatience = 3 * time.Second
	// storeTimeout limits the time to store results.
	storeTimeout = 10 * time.Second
	// pruneEvery is the interval at which old deliveries are removed, and pruneFirst the time of
	// the first removal after the start, because a machine may start with a wrong clock.
	pruneEvery = time.Hour
	pruneFirst = 2 * time.Minute
	// redateEvery is the interval at which deliveries are checked for times too far ahead.
	redateEvery = longestSleep
	// expiredAgain is how long the expiry of a delivery is postponed while the clock is not
	// trusted.
	expiredAgain = 10 * time.Minute
)

// store is what the worker needs of the outbox; *store.DB implements it.
type store interface {
	ReleaseLeases(ctx context.Context) error
	Agenda(ctx context.Context) (namets.Agenda, error)
	NextWake(ctx context.Context, hook int64, answered time.Time) (urgent, rest time.Time, err error)
	Hook(ctx context.Context, id int64) (namets.Hook, error)
	HookSecret(ctx context.Context, id int64) (secret.Value, error)
	QueueDue(ctx context.Context) (more bool, err error)
	RecordAndClaim(ctx context.Context, outcomes []namets.Outcome, limits []namets.ClaimLimits,
		lease time.Duration) (
		claims []namets.Claim, recorded bool, err error)
	RecordOutcomes(ctx context.Context, outcomes []namets.Outcome) error
	RedateDeliveries(ctx context.Context, lease time.Duration) (n int, err error)
	PruneDeliveries(ctx context.Context, keep time.Duration) (touched int, err error)
}

// Config configures a [Worker].
type Config struct {
	Store store
	// Client makes the attempts to the target of the configuration; nil means that due
	// notifications are queued for it and stay pending.
	Client *Client
	// Ready reports whether the signing keys of Client are known; it makes no attempt before. It is
	// not called again after it returned true. Nil means from the start.
	Ready func() bool
	// HookTimeout limits one attempt to a hook; 0 means 90 s. HookTransport sends the requests to
	// hooks; nil means a transport that uses no proxy and connects only to addresses that hooks may
	// have.
	HookTimeout   time.Duration
	HookTransport http.RoundTripper
	// Site is what webhooks in the form of the open API say about the site, and Zone the time zone
	// in which they write times; nil means UTC.
	Site namets.Site
	Zone *time.Location
	// Hints tells the worker that the outbox has changed: DB.Queued of the store. The worker is its
	// only reader.
	Hints <-chan struct{}
	// Retention is how long delivered and skipped deliveries are kept; 0 means 2160 h.
	Retention time.Duration
	// Log gets one line for each change of the target's state and for each delivery that becomes
	// dead; nil means slog.Default.
	Log *slog.Logger
	// Now is the clock, the same as the store's; nil means time.Now.
	Now func() time.Time
	// Random returns numbers in [0, 1) for the jitter of retries. It is called by one goroutine at
	// a time. Nil means math/rand/v2.
	Random func() float64
}

// Worker delivers the outbox.
type Worker struct {
	cfg  Config
	wake chan struct{}

	mu    sync.Mutex
	stats map[int64]TargetStats // by hook, 0 for the target of the configuration
}

// Stats is what a [Worker] has counted since its start: for the target of the configuration, and
// for the hooks to which webhooks may be sent, by their ids.
type Stats struct {
	TargetStats
	Hooks map[int64]TargetStats
}

// TargetStats is what was counted for one target.
type TargetStats struct {
	Delivered, Failed uint64 // attempts by result; an accepted one counts as delivered
	Dead, Skipped     uint64 // deliveries
	// Unreported counts those of Dead that the target accepted without reporting on every
	// recipient.
	Unreported uint64
	InFlight   int
	// FailingSince is when the target began to fail; zero if its last response was good.
	FailingSince time.Time
	// LastError describes the failure in plain words; empty without one.
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
	if cfg.HookTimeout <= 0 {
		cfg.HookTimeout = defaultTimeout
	}
	if cfg.HookTransport == nil {
		cfg.HookTransport = newHookTransport()
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	return &Worker{cfg: cfg, wake: make(chan struct{}, 1), stats: map[int64]TargetStats{}}
}

// Wake makes the worker check the outbox now. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Stats returns the current counts. It never blocks for long.
func (w *Worker) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Stats{TargetStats: w.stats[namets.LegacyHook], Hooks: map[int64]TargetStats{}}
	for id, of := range w.stats {
		if id != namets.LegacyHook {
			s.Hooks[id] = of
		}
	}
	return s
}

// Run works until ctx ends and then returns nil, after at most three seconds. Attempts that are
// still open by then are cancelled and repeated after the next start. Only one process may run a
// worker on a database, and it must be sure of that, because Run first releases all leases.
// Database errors are logged once and retried.
func (w *Worker) Run(ctx context.Context) error {
	attempts, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	r := w.newRun(attempts)
	if w.cfg.Client == nil {
		w.cfg.Log.Info("N8N_WEBHOOK_URL is not set: webhooks are kept and not sent")
	} else {
		defer w.cfg.Client.CloseIdle()
	}
	defer closeIdle(w.cfg.HookTransport)
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
