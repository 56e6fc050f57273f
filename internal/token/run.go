package token

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	backoffFirst = time.Second
	backoffMax   = 5 * time.Minute
	saveInterval = 10 * time.Second
)

// Run fetches repeatedly until ctx ends, and then returns nil. The first fetch comes after a delay
// drawn from (0, interval], so that instances that started together spread out; the next ones after
// the interval ±10 %, drawn again each time. After a failure the delay is drawn with full jitter
// below a limit that grows from 1 s to the interval, at most 5 min. A [Keeper] may ask for an
// earlier fetch. With interval 0 it fetches nothing. Run also ends an overlap in the history (Check
// refuses by itself) and saves the history every 10 s. Only ctx ends it. When it has returned, no
// fetch is in progress or will begin, and the history is saved. Call it once, after Start.
func (s *Source) Run(ctx context.Context) error {
	defer s.stop()
	var saver sync.WaitGroup
	saver.Go(func() { s.saveAgainAndAgain(ctx) }) // by itself, so that a fetch which hangs delays no save
	defer saver.Wait()
	reload := s.schedule(true)
	overlap := time.NewTimer(s.untilOverlapEnds())
	defer overlap.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-reload:
			_ = s.Refresh(ctx) // noted, logged and counted inside
			reload = s.schedule(false)
		case <-overlap.C:
			s.endOverlap(ctx)
			overlap.Reset(s.untilOverlapEnds())
		case <-s.wake:
			overlap.Reset(s.untilOverlapEnds())
		}
	}
}

// saveAgainAndAgain saves changes until ctx ends.
func (s *Source) saveAgainAndAgain(ctx context.Context) {
	save := time.NewTicker(saveInterval)
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-save.C:
			s.flush()
		}
	}
}

// stop leaves neither a goroutine nor an unsaved count.
func (s *Source) stop() {
	s.land()
	s.flushWithin(lastSaveTimeout)
}

// schedule returns a channel that fires when the next fetch is due, or nil if there is nothing to
// reload. It records that time.
func (s *Source) schedule(first bool) <-chan time.Time {
	if s.interval <= 0 {
		return nil
	}
	d := s.delay(first)
	s.mu.Lock()
	s.health.nextReload = s.now().UTC().Add(d)
	s.dirty = true
	s.mu.Unlock()
	fire := time.After(d)
	s.flush()
	return fire
}

// delay draws the time until the next fetch.
func (s *Source) delay(first bool) time.Duration {
	failures := int(s.failures.Load())
	switch {
	case failures > 0:
		bound := min(s.interval, backoffMax)
		if failures < 12 { // 2^11 s are beyond backoffMax
			bound = min(bound, backoffFirst<<(failures-1))
		}
		return draw(bound)
	case first:
		return s.sooner(draw(s.interval))
	}
	tenth := s.interval / 10
	return s.sooner(s.interval - tenth + draw(2*tenth))
}

// sooner returns d, or less if the provider wants to be asked earlier.
func (s *Source) sooner(d time.Duration) time.Duration {
	keeper, ok := s.provider.(Keeper)
	if !ok {
		return d
	}
	by := keeper.FetchBy()
	if by.IsZero() {
		return d
	}
	return min(d, max(by.Sub(s.now()), backoffFirst))
}

// draw returns a duration drawn from (0, most].
func draw(most time.Duration) time.Duration {
	return 1 + rand.N(max(most, 1)) //nolint:gosec // spreads load, keeps no secret
}

// untilOverlapEnds returns the time until the end of the overlap, or a long time if there is none.
func (s *Source) untilOverlapEnds() time.Duration {
	a := s.accepted.Load()
	if a.previous == nil {
		return 24 * time.Hour
	}
	return time.Unix(0, a.until).Sub(s.now())
}

// endOverlap removes the previous token from memory and history when its overlap has ended.
func (s *Source) endOverlap(ctx context.Context) {
	select {
	case s.semaphore <- struct{}{}:
		defer func() { <-s.semaphore }()
	case <-ctx.Done():
		return
	}
	if a := s.accepted.Load(); a.previous == nil {
		return
	}
	s.mu.Lock()
	t := s.beginLocked()
	t.expire(s.overlap)
	changes := s.commitLocked(t)
	s.logChanges(changes)
	s.mu.Unlock()
	s.notify(changes)
}
