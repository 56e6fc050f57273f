package auth

import (
	"sync"
	"time"
)

// How the delay of a [Throttle] grows and when it is forgotten.
const (
	firstDelay  = time.Second
	longest     = 15 * time.Minute
	forgetAfter = time.Hour // since the last delay has ended
)

// Throttle makes those wait who fail again and again, for each of many keys: after some free
// attempts one second, then twice as long after each, up to a quarter of an hour. Its memory is
// allocated when it is made and never grows: when more keys fail than it holds, it forgets those
// that have failed least. Safe for concurrent use.
type Throttle struct {
	free int
	now  func() time.Time

	mu    sync.Mutex
	table *table[failing]
}

// failing is what is known of one key.
type failing struct {
	attempts int // that did not succeed
	until    time.Time
}

func (f failing) used() int64 { return int64(f.attempts) }

// NewThrottle returns a throttle that lets each key fail free times without a delay and holds at
// least keys keys.
func NewThrottle(free, keys int, now func() time.Time) *Throttle {
	return &Throttle{free: free, now: now, table: newTable[failing](keys)}
}

// Attempt notes an attempt, which counts as failed until [Throttle.Succeeded], and returns 0, or
// how long to wait: then nothing may be attempted and nothing was noted.
func (t *Throttle) Attempt(key string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, now := t.table.of(key), t.now()
	if wait := f.until.Sub(now); wait > 0 {
		return wait
	}
	if now.Sub(f.until) > forgetAfter {
		f.attempts = 0
	}
	f.attempts++
	f.until = now.Add(t.delay(f.attempts))
	return 0
}

// Withdraw takes the last attempt back.
func (t *Throttle) Withdraw(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.table.of(key); f.attempts > 0 {
		f.attempts--
		f.until = t.now()
	}
}

// Succeeded forgets that the key has failed.
func (t *Throttle) Succeeded(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*t.table.of(key) = failing{}
}

// delay returns how long to wait after so many attempts.
func (t *Throttle) delay(attempts int) time.Duration {
	over := attempts - t.free - 1
	if over < 0 {
		return 0
	}
	if over > 20 { // beyond longest already, and not yet beyond what a Duration holds
		return longest
	}
	return min(firstDelay<<over, longest)
}
