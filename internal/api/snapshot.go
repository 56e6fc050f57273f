package api

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

// A snapshot keeps the snapshot of one table: its rows, encoded and ready to be sent. The snapshot
// is made by the first request that needs it, is valid for one generation of the table, and is
// never sent when it is older than the request: every request compares generations first, and
// makes a new snapshot, or waits for the one that is being made, when the table has changed. Safe
// for concurrent use.
type snapshot[P any] struct {
	generation func() uint64
	read       func(context.Context) (*P, error) // makes a snapshot from one read transaction
	now        func() time.Time

	current atomic.Pointer[build[P]]
	builds  atomic.Uint64

	mu       sync.Mutex
	building *building[P] // the snapshot that is being made, or nil
}

// build is a snapshot together with what it is valid for.
type build[P any] struct {
	data *P
	// generation was read before the transaction was opened: every write that it counts is in the
	// snapshot.
	generation uint64
	at         time.Time
}

// building is one making of a snapshot. The results may be read once done is closed.
type building[P any] struct {
	done  chan struct{}
	build *build[P]
	err   error
}

var errUnfinished = errors.New("read the tables for an answer: not finished")

// init prepares a snapshot of which the snapshots are made by read.
func (s *snapshot[P]) init(a *API, kind namets.Kind, read func(context.Context) (*P, error)) {
	s.generation, s.now, s.read = a.store.Generation(kind), a.now, read
}

// latest returns a snapshot in which every write is visible that was acknowledged before the call.
// It allocates nothing when the table has not changed. Otherwise it blocks until a new snapshot is
// made; a snapshot that this call makes is finished also when ctx ends, for others wait for it, and
// waiting for another call's ends with ctx.
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

// join returns the flight under way, or a new one which the caller has to fly.
func (s *snapshot[P]) join() (f *building[P], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.building != nil {
		return s.building, false
	}
	s.building = &building[P]{done: make(chan struct{}), err: errUnfinished}
	return s.building, true
}

// build makes the snapshot of f. Those who wait are let go also when that panics.
func (s *snapshot[P]) build(ctx context.Context, f *building[P]) {
	defer func() {
		s.mu.Lock()
		s.building = nil
		s.mu.Unlock()
		close(f.done)
	}()
	t := &build[P]{generation: s.generation()}
	if made := s.current.Load(); made != nil && made.generation >= t.generation { // between fresh's look and join
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

// SnapshotStats says how often the snapshot of a table has been made, and how old it is.
type SnapshotStats struct {
	Kind   namets.Kind
	Builds uint64
	// Age is the time since the snapshot was made, zero when there is none yet. An old snapshot is
	// not a stale one.
	Age time.Duration
}

func (s *snapshot[P]) stats(kind namets.Kind) SnapshotStats {
	stats := SnapshotStats{Kind: kind, Builds: s.builds.Load()}
	if t := s.current.Load(); t != nil {
		stats.Age = s.now().Sub(t.at)
	}
	return stats
}
