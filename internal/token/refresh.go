package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	startTimeout = 3 * time.Second
	fetchTimeout = 10 * time.Second
	// confirmDelay is the time between the two reads that make a deletion certain.
	confirmDelay = time.Second
	// patience is how long a fetch may take when another one waits, which is a sign that it hangs;
	// one that has cut off another may take twice as long as that one, so that even a slow
	// source can answer.
	patience = time.Second
)

// errSuperseded is why a fetch was cut off.
var errSuperseded = errors.New("a newer reload has begun")

// fetches are the fetches: at most one under way, at most one that waits for its turn.
type fetches struct {
	mu      sync.Mutex
	waiting *fetch // the fetch that has not begun; nil: none
	current *fetch // the fetch under way; nil: none
	closed  bool
	ctx     context.Context // ends the fetch under way when Run ends
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// fetch is one fetch. err and next may be read once done is closed.
type fetch struct {
	done chan struct{}
	err  error
	next *fetch                  // the fetch that has cut this one off; nil: none; guarded by fetches.mu, as the rest
	cut  context.CancelCauseFunc // ends the fetch

	began    time.Time
	patience time.Duration
}

// Start asks the provider once, for at most 3 s, before the port opens. Call it once and before any
// other method except Check.
//
// An error means that the process should end. It wraps [ErrConfig] or [ErrInvalid] if only the
// operator can fix it (exit code 2: nothing is configured, an invalid value, a refused login);
// otherwise the history cannot be read. Nil means that the port may open: with a token in force; or
// with none yet because the provider did not respond (then [Source.Run] keeps trying); or with all
// requests refused because the token was deleted.
func (s *Source) Start(ctx context.Context) error {
	if err := s.restore(ctx); err != nil {
		return fmt.Errorf("load token history: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := s.await(ctx, s.board(startTimeout))
	if endsStart(err) {
		return err
	}
	return nil
}

// endsStart reports whether only the operator can fix the provider's first response.
func endsStart(err error) bool { return errors.Is(err, ErrConfig) || errors.Is(err, ErrInvalid) }

// Refresh asks the provider now and puts the result into force before it returns. It is safe for
// concurrent use. Callers that arrive before a fetch has begun share it. Nobody gets the result of
// a fetch that began before the call, so that a reload after a write sees the write. At most one
// fetch is in progress; one that hangs for a second is cancelled in favour of the next, whose
// result its callers get.
//
// The error is the provider's, wrapping one of the sentinels, while the last valid token stays in
// force; or it is that of ctx, and the fetch continues without the caller. A confirmed deletion is
// an error that wraps [ErrRevoked].
func (s *Source) Refresh(ctx context.Context) error {
	return s.await(ctx, s.board(fetchTimeout))
}

func (s *Source) await(ctx context.Context, f *fetch) error {
	for {
		select {
		case <-f.done:
		case <-ctx.Done():
			return fmt.Errorf("%w: wait for the token source: %w", ErrUnavailable, ctx.Err())
		}
		if f.next == nil {
			return f.err
		}
		f = f.next
	}
}

// board returns the fetch that begins next. Its goroutine ends with the fetch, which timeout
// limits.
func (s *Source) board(timeout time.Duration) *fetch {
	s.fetches.mu.Lock()
	defer s.fetches.mu.Unlock()
	if f := s.fetches.waiting; f != nil {
		return f
	}
	f := &fetch{done: make(chan struct{}), patience: patience}
	if s.fetches.closed {
		f.err = fmt.Errorf("%w: the service is stopping", ErrUnavailable)
		close(f.done)
		return f
	}
	s.fetches.waiting = f
	s.fetches.running.Go(func() { s.runFetch(f, timeout) })
	return f
}

func (s *Source) runFetch(f *fetch, timeout time.Duration) {
	s.acquire(f)
	defer func() { <-s.semaphore }()
	ctx, cut := context.WithCancelCause(s.fetches.ctx)
	defer cut(nil)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s.fetches.mu.Lock()
	f.cut, f.began = cut, time.Now()
	s.fetches.waiting, s.fetches.current = nil, f
	s.fetches.mu.Unlock()
	f.err = s.load(ctx)
	s.fetches.mu.Lock()
	s.fetches.current = nil
	s.fetches.mu.Unlock()
	close(f.done)
}

// acquire waits for f's turn. It cancels the fetch in progress if that takes too long.
func (s *Source) acquire(f *fetch) {
	for {
		timer := time.NewTimer(s.overtake(f))
		select {
		case s.semaphore <- struct{}{}:
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// overtake cancels the fetch in progress if its time is over, and returns when to check again.
func (s *Source) overtake(f *fetch) time.Duration {
	s.fetches.mu.Lock()
	defer s.fetches.mu.Unlock()
	under := s.fetches.current
	if under == nil || under.next != nil {
		return patience
	}
	if left := under.patience - time.Since(under.began); left > 0 {
		return left
	}
	under.next, f.patience = f, 2*under.patience
	under.cut(errSuperseded)
	return patience
}

// land ends the fetch in progress and prevents further ones.
func (s *Source) land() {
	s.fetches.mu.Lock()
	s.fetches.closed = true
	s.fetches.mu.Unlock()
	s.fetches.cancel()
	s.fetches.running.Wait()
}

// load fetches, applies and notifies. The caller holds the turn.
func (s *Source) load(ctx context.Context) error {
	set, err := s.fetch(ctx)
	if errors.Is(err, ErrRevoked) && !s.accepted.Load().revoked {
		set, err = s.confirmRevoked(ctx)
	}
	if err != nil && errors.Is(context.Cause(ctx), errSuperseded) {
		return err // it says nothing about the source, and the next fetch does
	}
	var changes []Change
	switch {
	case err == nil:
		changes = s.apply(set)
	case errors.Is(err, ErrRevoked):
		changes = s.revoke(err.Error())
	}
	s.record(set, err, changes)
	s.flush() // so that "token status" says what a reload brought, also when nothing has changed
	s.notify(changes)
	return err
}

// fetch asks the provider and enforces its contract.
func (s *Source) fetch(ctx context.Context) (set Set, err error) {
	defer func() {
		if recover() != nil { // what it panicked with may hold a secret
			set, err = Set{}, fmt.Errorf("%w: the provider crashed", ErrUnavailable)
		}
	}()
	set, err = s.provider.Fetch(ctx)
	if err == nil {
		if set.Token, err = Parse(set.Token.Reveal()); err != nil {
			err = Doubted(err, set)
		}
	}
	if d, ok := errors.AsType[*Doubt](err); ok && s.knows(d.Set.Token) {
		set, err = d.Set, nil
		set.Doubt = d.Why()
	}
	if err != nil {
		if problemOf(err) == noProblem {
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return Set{}, err
	}
	if set.SigningSecret, err = ParseSigning(set.SigningSecret.Reveal()); err != nil {
		return Set{}, err
	}
	return set, nil
}

// confirmRevoked asks again after a second, because one wrong response must not refuse all
// requests.
func (s *Source) confirmRevoked(ctx context.Context) (Set, error) {
	timer := time.NewTimer(confirmDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return s.fetch(ctx)
	case <-ctx.Done():
		return Set{}, fmt.Errorf("%w: confirm that the token was deleted: %w", ErrUnavailable, ctx.Err())
	}
}

func (s *Source) revoke(why string) []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.beginLocked()
	t.revoke(why)
	return s.commitLocked(t)
}

// notify reports the changes, first to the history.
func (s *Source) notify(changes []Change) {
	if len(changes) == 0 {
		return
	}
	s.flush()
	for _, c := range changes {
		s.onChange(c)
	}
}

// problemOf returns which of the four errors err wraps, or noProblem.
func problemOf(err error) Problem {
	switch {
	case errors.Is(err, ErrRevoked):
		return DeletedAtSource
	case errors.Is(err, ErrInvalid):
		return BadValue
	case errors.Is(err, ErrConfig):
		return Misconfigured
	case errors.Is(err, ErrUnavailable):
		return NotAnswering
	}
	return noProblem
}
