package auth

import (
	"strings"
	"sync"
	"time"
)

// The number of attempts without a delay, for a name from one address, a known browser or a
// session, and how many of these are counted.
const (
	freeAttempts  = 5
	throttledKeys = 4096
)

// recently is how long after a refusal sign-ins count as throttled.
const recently = 5 * time.Minute

// gate decides whether a password may be checked. It allocates its memory once. Safe for concurrent
// use.
type gate struct {
	now      func() time.Time
	start    time.Time
	attempts *Throttle

	mu                                            sync.Mutex
	refused                                       time.Time // the last time that somebody had to wait
	address, network, region, name, target, world *sketch
}

// newGate sets the limits for wrong passwords; right ones are not counted. A region gets at most 35
// attempts in ten seconds. A name that is attacked from one region stays open to others, because a
// region may use less than the name's limit.
func newGate(now func() time.Time) *gate {
	return &gate{
		now: now, start: now(), attempts: NewThrottle(freeAttempts, throttledKeys, now),
		address: newSketch(Rate{Burst: 20, Every: 6 * time.Second}),
		network: newSketch(Rate{Burst: 25, Every: 4 * time.Second}),
		region:  newSketch(Rate{Burst: 30, Every: 2 * time.Second}),
		name:    newSketch(Rate{Burst: 60, Every: 10 * time.Second}),
		target:  newSketch(Rate{Burst: 20, Every: time.Minute}),
		world:   newSketch(Rate{Burst: 100, Every: 200 * time.Millisecond}),
	}
}

// asker is the origin of an attempt. One with its own key, such as a known browser, is counted only
// by that key, so that others cannot lock it out. Any other is a stranger.
type asker struct {
	own     string // empty: a stranger
	name    string // as it was typed
	address string
}

func (a asker) stranger() bool { return a.own == "" }

// key is the key under which the asker's own failures are counted.
func (a asker) key() string {
	if a.own != "" {
		return a.own
	}
	return "address\x00" + ClientKey(a.address) + "\x00" + strings.ToLower(a.name)
}

// budget is one of the rates that limit an asker.
type budget struct {
	*sketch
	key string
}

// budgets returns the limits of the asker besides its own failures.
func (g *gate) budgets(a asker) []budget {
	if !a.stranger() {
		return nil
	}
	region, name := RegionKey(a.address), strings.ToLower(a.name)
	return []budget{
		{g.address, ClientKey(a.address)}, {g.network, NetworkKey(a.address)}, {g.region, region},
		{g.name, name}, {g.target, region + "\x00" + name}, {g.world, ""},
	}
}

// enter records an attempt, which counts as failed until [gate.right] or [gate.leave]. It returns
// 0, or how long the asker has to wait; then nothing may be checked and nothing was counted.
func (g *gate) enter(a asker) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.now()
	now, list := at.Sub(g.start), g.budgets(a)
	var wait time.Duration
	for _, b := range list {
		wait = max(wait, b.wait(b.key, now))
	}
	if wait == 0 {
		wait = g.attempts.Attempt(a.key())
	}
	if wait > 0 {
		g.refused = at
		return wait
	}
	for _, b := range list {
		b.use(b.key, now)
	}
	return 0
}

// right records that the password was right: the asker's failures are reset, and the attempt is not
// counted.
func (g *gate) right(a asker) {
	g.attempts.Succeeded(a.key())
	g.giveBack(a)
}

// leave records that the password was not checked after all.
func (g *gate) leave(a asker) {
	g.attempts.Withdraw(a.key())
	g.giveBack(a)
}

func (g *gate) giveBack(a asker) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range g.budgets(a) {
		b.giveBack(b.key)
	}
}

// throttling reports whether anybody had to wait recently.
func (g *gate) throttling() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.refused.IsZero() && g.now().Sub(g.refused) < recently
}
