package store

import (
	"slices"
	"sync"
	"time"
)

// asker is who asks: a consumer or, if that is 0, whatever reads the path.
type asker struct {
	consumer int64
	path     string
}

const (
	// askedApart is how far apart requests are that are kept one by one; see namets.Heartbeat.
	askedApart = 10 * time.Second
	// maxAsked is the maximum number of requests that are kept for each asker while the database
	// cannot be written.
	maxAsked = 100
)

// watch keeps who has asked until it is recorded. The zero watch is ready to use. Its methods are
// safe for concurrent use.
type watch struct {
	mu      sync.Mutex
	asked   map[asker][]time.Time // the oldest first
	watched time.Time             // the last time it was recorded
}

// add keeps a request. Of several in a row it keeps the first and the last.
func (w *watch) add(of asker, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked == nil {
		w.asked = map[asker][]time.Time{}
	}
	times := w.asked[of]
	if n := len(times); n >= 2 && at.Sub(times[n-2]).Abs() < askedApart {
		times[n-1] = at
		return
	}
	w.asked[of] = newest(append(times, at))
}

// newest returns the newest times of the list.
func newest(times []time.Time) []time.Time {
	if over := len(times) - maxAsked; over > 0 {
		return slices.Delete(times, 0, over)
	}
	return times
}

// last returns the time of the last request that is not recorded.
func (w *watch) last(of asker) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if times := w.asked[of]; len(times) > 0 {
		return times[len(times)-1], true
	}
	return time.Time{}, false
}

// take returns the requests and forgets them, and when they were last recorded.
func (w *watch) take() (asked map[asker][]time.Time, watched time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked, w.asked = w.asked, nil
	return asked, w.watched
}

// giveBack keeps requests that could not be recorded.
func (w *watch) giveBack(asked map[asker][]time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for of, times := range asked {
		if w.asked == nil {
			w.asked = map[asker][]time.Time{}
		}
		w.asked[of] = newest(append(times, w.asked[of]...))
	}
}

// watchedAt keeps when the requests were recorded.
func (w *watch) watchedAt(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = at
}
