package auth

import (
	"hash/maphash"
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
// taken when it is made and never grows: when more keys fail than it holds, it forgets those that
// have failed least. Safe for concurrent use.
type Throttle struct {
	free int
	now  func() time.Time
	seed maphash.Seed

	mu   sync.Mutex
	sets [][slots]failing
}

// failing is what is known of one key.
type failing struct {
	key      uint64 // its hash
	attempts int    // that did not succeed
	until    time.Time
}

// NewThrottle returns a throttle that lets each key fail free times without a delay and holds at
// least keys keys.
func NewThrottle(free, keys int, now func() time.Time) *Throttle {
	sets := 1
	for sets*slots < keys {
		sets *= 2
	}
	return &Throttle{free: free, now: now, seed: maphash.MakeSeed(), sets: make([][slots]failing, sets)}
}

// Attempt notes an attempt, which counts as failed until [Throttle.Succeeded], and returns 0, or
// how long to wait: then nothing may be attempted and nothing was noted.
func (t *Throttle) Attempt(key string) (wait time.Duration) {
	hash := maphash.String(t.seed, key)
	t.mu.Lock()
	defer t.mu.Unlock()
	f, now := t.find(hash), t.now()
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
	hash := maphash.String(t.seed, key)
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.find(hash); f.attempts > 0 {
		f.attempts--
		f.until = t.now()
	}
}

// Succeeded forgets that the key has failed.
func (t *Throttle) Succeeded(key string) {
	hash := maphash.String(t.seed, key)
	t.mu.Lock()
	defer t.mu.Unlock()
	*t.find(hash) = failing{key: hash}
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

// find returns where the key is kept: its own place, or that of the key that has failed least.
func (t *Throttle) find(key uint64) *failing {
	set := &t.sets[key&uint64(len(t.sets)-1)]
	least := &set[0]
	for i := range set {
		switch {
		case set[i].key == key:
			return &set[i]
		case set[i].attempts < least.attempts:
			least = &set[i]
		}
	}
	*least = failing{key: key}
	return least
}
