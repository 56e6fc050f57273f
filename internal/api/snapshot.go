package api

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

// snapshot keeps the encoded rows of one table. The first request that needs them builds them. A
// build is valid for one generation of the table and is never used for a later request: every
// request compares generations first and, if the table has changed, starts a new build or waits for
// the one in progress. Safe for concurrent use.
type snapshot[P any] struct {
	generation func() uint64
	read       func(context.Context) (*P, error) // makes a snapshot from one read transaction
	now        func() time.Time

	current atomic.Pointer[build[P]]
	builds  atomic.Uint64

	mu       sync.Mutex
	building *building[P] // the snapshot that is being made, or nil
}

// build is the result of a build, with the generation for which it is valid.
type build[P any] struct {
	data *P
	// generation was read before the transaction began, so every write that it counts is in the
	// snapshot.
	generation uint64
	at         time.Time
}

// building is a build in progress. Its results may be read once done is closed.
type building[P any] struct {
	done  chan struct{}
	build *build[P]
	err   error
}

var errUnfinished = errors.New("read the tables for an answer: not finished")

// init sets the function that builds the snapshot.
func (s *snapshot[P]) init(a *API, kind namets.Kind, read func(context.Context) (*P, error)) {
	s.generation, s.now, s.read = a.store.Generation(kind), a.now, read
}

// latest returns a snapshot that contains every write acknowledged before the call. It allocates
// nothing if the table has not changed. Otherwise it blocks until a new build is complete. A build
// that this call starts completes even if ctx ends, because others may wait for it; waiting for
// another call's build ends with ctx.
func (s *snapshot[P]) latest(ctx context.Context) (*P, error) {
	want := s.generation()
	for {
		if t := s.current.Load(); t != nil && t.generation >= want {
			return t.data, nil
		}
		f, mine := s.join()
		if mine {
			s.build(context.WithoutCancel(ctx), f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.err != nil {
			return nil, f.err
		}
		if f.build.generation >= want { // else it was begun before the table reached want
			return f.build.data, nil
		}
	}
}

// join returns the build in progress, or a new one that the caller has to run.
func (s *snapshot[P]) join() (f *building[P], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.building != nil {
		return s.building, false
	}
	s.building = &building[P]{done: make(chan struct{}), err: errUnfinished}
	return s.building, true
}

// build runs f. It releases the waiting calls even if the build panics.
func (s *snapshot[P]) build(ctx context.Context, f *building[P]) {
	defer func() {
		s.mu.Lock()
		s.building = nil
		s.mu.Unlock()
		close(f.done)
	}()
	t := &build[P]{generation: s.generation()}
	if made := s.current.Load(); made != nil && made.generation >= t.generation { // since latest looked
		f.build, f.err = made, nil
		return
	}
	if t.data, f.err = s.read(ctx); f.err != nil {
		return
	}
	t.at = s.now()
	s.builds.Add(1)
	s.current.Store(t)
	f.build = t
}

// SnapshotStats says how often the snapshot of a table was built, and how old it is.
type SnapshotStats struct {
	Kind   namets.Kind
	Builds uint64
	// Age is the time since the last build, zero if there was none. An old snapshot is not stale.
	Age time.Duration
}

func (s *snapshot[P]) stats(kind namets.Kind) SnapshotStats {
	stats := SnapshotStats{Kind: kind, Builds: s.builds.Load()}
	if t := s.current.Load(); t != nil {
		stats.Age = s.now().Sub(t.at)
	}
	return stats
}
