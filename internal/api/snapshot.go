package api

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

// A snapshot keeps the picture of one table: its rows, encoded and ready to be sent. The picture is made by the first
// request that needs it, is valid for one generation of the table, and is never sent when it is older than the request:
// every request compares generations first, and makes a new picture, or waits for the one that is being made, when the
// table has changed. Safe for concurrent use.
type snapshot[P any] struct {
	table      namets.Table
	generation func(namets.Table) uint64
	read       func(context.Context) (*P, error) // makes a picture from one read transaction
	now        func() time.Time

	current atomic.Pointer[taken[P]]
	builds  atomic.Uint64

	mu     sync.Mutex
	flight *flight[P] // the picture that is being made, or nil
}

// taken is a picture together with what it is valid for.
type taken[P any] struct {
	picture *P
	// generation was read before the transaction was opened: every write that it counts is in the picture.
	generation uint64
	at         time.Time
}

// flight is one making of a picture. The results may be read once done is closed.
type flight[P any] struct {
	done  chan struct{}
	taken *taken[P]
	err   error
}

var errUnfinished = errors.New("read the tables for an answer: not finished")

// init prepares a snapshot of which the pictures are made by read.
func (s *snapshot[P]) init(a *API, table namets.Table, read func(context.Context) (*P, error)) {
	s.table, s.generation, s.now, s.read = table, a.store.Generation, a.now, read
}

// fresh returns a picture in which every write is visible that was acknowledged before the call. It allocates nothing
// when the table has not changed. Otherwise it blocks until a new picture is made; a picture that this call makes is
// finished also when ctx ends, for others wait for it, and waiting for another call's ends with ctx.
func (s *snapshot[P]) fresh(ctx context.Context) (*P, error) {
	want := s.generation(s.table)
	for {
		if t := s.current.Load(); t != nil && t.generation >= want {
			return t.picture, nil
		}
		f, mine := s.join()
		if mine {
			s.fly(context.WithoutCancel(ctx), f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.err != nil {
			return nil, f.err
		}
		if f.taken.generation >= want { // else it was begun before the table reached want
			return f.taken.picture, nil
		}
	}
}

// join returns the flight under way, or a new one which the caller has to fly.
func (s *snapshot[P]) join() (f *flight[P], mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight != nil {
		return s.flight, false
	}
	s.flight = &flight[P]{done: make(chan struct{}), err: errUnfinished}
	return s.flight, true
}

// fly makes the picture of f. Those who wait are let go also when that panics.
func (s *snapshot[P]) fly(ctx context.Context, f *flight[P]) {
	defer func() {
		s.mu.Lock()
		s.flight = nil
		s.mu.Unlock()
		close(f.done)
	}()
	t := &taken[P]{generation: s.generation(s.table)}
	if made := s.current.Load(); made != nil && made.generation >= t.generation { // between fresh's look and join
		f.taken, f.err = made, nil
		return
	}
	if t.picture, f.err = s.read(ctx); f.err != nil {
		return
	}
	t.at = s.now()
	s.builds.Add(1)
	s.current.Store(t)
	f.taken = t
}

// SnapshotStats tells how often the picture of a table has been made, and how old it is.
type SnapshotStats struct {
	Table  string
	Builds uint64
	// Age is the time since the picture was made, zero when there is none yet. An old picture is not a stale one.
	Age time.Duration
}

func (s *snapshot[P]) stats(name string) SnapshotStats {
	stats := SnapshotStats{Table: name, Builds: s.builds.Load()}
	if t := s.current.Load(); t != nil {
		stats.Age = s.now().Sub(t.at)
	}
	return stats
}
