package token

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"namets/internal/secret"
)

// Config configures a [Source].
type Config struct {
	// Provider provides the token. Required.
	Provider Provider
	// Name is the kind of the provider in logs and status: "env", "file" or "vault".
	Name string
	// Interval is the time between two fetches in Run, ±10 %. With zero, Run fetches nothing.
	Interval time.Duration
	// Overlap is how long a replaced token is still accepted. Zero means not at all.
	Overlap time.Duration
	// History stores generations across restarts. With nil, nothing survives a restart.
	History History
	// OnChange is called after each change of the accepted tokens, in order, from the goroutine
	// that made it. It may block, which delays the next fetch but no request. It must not call
	// Refresh. Optional.
	OnChange func(Change)
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Log gets one line per change of state, never a value. With nil, nothing is logged.
	Log *slog.Logger
}

// Source knows the token in force. Its methods are safe for concurrent use.
type Source struct {
	provider Provider
	name     string
	interval time.Duration
	overlap  time.Duration
	history  History
	onChange func(Change)
	now      func() time.Time
	log      *slog.Logger

	// accepted is the data for Check: never nil, immutable, replaced under mu.
	accepted atomic.Pointer[accepted]
	refused  refusedCounts
	signing  *SigningKeys

	fetches fetches
	// semaphore is held by the goroutine that fetches, applies and notifies.
	semaphore chan struct{}
	// wake tells Run that the end of an overlap has changed. It holds at most one hint.
	wake chan struct{}

	mu     sync.Mutex
	health health // guarded by mu
	dirty  bool   // guarded by mu: the history does not hold what record says

	saving     sync.Mutex // one save at a time; taken before mu
	savedTotal int64      // guarded by saving: the sum of all counts in the history
	saveFails  bool       // guarded by saving

	failures atomic.Int32 // fetches that failed since the last one that did not
}

// New returns a source that knows no token yet: call [Source.Start] next. It starts no goroutine.
func New(c Config) *Source {
	s := &Source{
		provider:  c.Provider,
		name:      c.Name,
		interval:  c.Interval,
		overlap:   max(c.Overlap, 0),
		history:   c.History,
		onChange:  c.OnChange,
		now:       c.Now,
		log:       c.Log,
		semaphore: make(chan struct{}, 1),
		wake:      make(chan struct{}, 1),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.onChange == nil {
		s.onChange = func(Change) {}
	}
	s.signing = NewSigningKeys(s.overlap, s.now)
	s.accepted.Store(&accepted{})
	s.fetches.ctx, s.fetches.cancel = context.WithCancel(context.Background())
	s.health.state = Unknown
	return s
}

// SigningKeys returns the webhook secrets stored with the token: the one in force and, during an
// overlap, the previous one. It is empty if the provider has none. The previous one does not
// survive a restart.
func (s *Source) SigningKeys() []secret.Value { return s.signing.Keys() }
