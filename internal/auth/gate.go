package auth

import (
	"strings"
	"sync"
	"time"
)

// Attempts that have no delay, for a name from one address, a known browser and a session, and how
// many of them are counted.
const (
	freeAttempts  = 5
	throttledKeys = 4096
)

// recently is how long after a refusal sign-ins count as throttled.
const recently = 5 * time.Minute

// gate decides whether a password may be checked. Its memory is taken when it is made and never
// grows. Safe for concurrent use.
type gate struct {
	now      func() time.Time
	start    time.Time
	attempts *Throttle

	mu                                            sync.Mutex
	refused                                       time.Time // the last time that somebody had to wait
	address, network, region, name, target, world *sketch
}

// newGate sets how often passwords are checked that turn out to be wrong; those that are right are
// given back. A region gets at most 35 in ten seconds. A name that is tried from one region alone
// stays open to others, because the region gets less than the name has.
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

// asker is who brings a password. One with a key of its own, such as a known browser, counts by
// that alone: what others do cannot lock it out. Anybody else is a stranger.
type asker struct {
	own     string // empty: a stranger
	name    string // as it was typed
	address string
}

func (a asker) stranger() bool { return a.own == "" }

// key is where the asker's own failures count.
func (a asker) key() string {
	if a.own != "" {
		return a.own
	}
	return "address\x00" + ClientKey(a.address) + "\x00" + strings.ToLower(a.name)
}

// budget is one of the rates that bound an asker.
type budget struct {
	*sketch
	key string
}

// budgets returns what bounds the asker besides its own failures.
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

// enter notes an attempt, which counts as failed until [gate.right] or [gate.leave], and returns
// 0, or how long the asker has to wait: then nothing may be checked and nothing was used up.
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

// right says that the password was right: all failures of the asker are forgotten, and the attempt
// is given back.
func (g *gate) right(a asker) {
	g.attempts.Succeeded(a.key())
	g.giveBack(a)
}

// leave says that the password was not looked at after all.
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

// throttling reports whether anybody had to wait of late.
func (g *gate) throttling() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.refused.IsZero() && g.now().Sub(g.refused) < recently
}
