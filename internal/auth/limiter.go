package auth

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is how often something may be done: Burst times at once, and then once in Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// wait returns how long it takes until a use is allowed, 0: it is now. until is when all that was
// used will be free again; both are times since some fixed start.
func (r Rate) wait(until, now time.Duration) time.Duration {
	return max(max(until-now, 0)-time.Duration(r.Burst-1)*r.Every, 0)
}

// use returns until after one more use.
func (r Rate) use(until, now time.Duration) time.Duration { return max(until, now) + r.Every }

// Limiter keeps a [Rate] for each of many keys. Its memory is allocated when it is made and never
// grows: when more keys are in use than it holds, it forgets those that have used up least. It
// neither blocks nor allocates, and is safe for concurrent use.
type Limiter struct {
	rate Rate
	now  func() time.Time

	mu    sync.Mutex
	start time.Time
	table *table[usage]
}

// usage is what is known of one key: when all that was used will be free again, since the limiter's
// start. The past: the key has used nothing.
type usage time.Duration

func (u usage) used() int64 { return int64(u) }

// NewLimiter returns a limiter that holds at least keys keys, 16 bytes each.
func NewLimiter(rate Rate, keys int, now func() time.Time) *Limiter {
	return &Limiter{rate: rate, now: now, start: now(), table: newTable[usage](keys)}
}

// Take uses the key up once and returns 0, or, when that may not be yet, returns how long to wait.
func (l *Limiter) Take(key string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, u := l.now().Sub(l.start), l.table.of(key)
	until := time.Duration(*u)
	if wait = l.rate.wait(until, now); wait > 0 {
		return wait
	}
	*u = usage(l.rate.use(until, now))
	return 0
}

// ClientKey is the key by which a client with the network address counts. Of an IPv6 address the
// first 64 bits count, because a client has all the addresses that begin with them. What is no
// address is its own key.
func ClientKey(address string) string { return networkKey(address, 32, 64) }

// NetworkKey is the key of what one customer of a provider may have: the first 24 bits of an IPv4
// address, the first 48 of an IPv6 address. What is no address is its own key.
func NetworkKey(address string) string { return networkKey(address, 24, 48) }

// RegionKey is the key of the part of the Internet in which the network address lies: the first 16
// bits of an IPv4 address, the first 32 of an IPv6 address, which is about what one provider has.
// What is no address is its own key.
func RegionKey(address string) string { return networkKey(address, 16, 32) }

// networkKey returns the network of as many bits in which the address lies.
func networkKey(address string, bits4, bits6 int) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := bits4
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		bits = bits6
	}
	if bits == addr.BitLen() {
		return addr.String()
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return address
	}
	return prefix.String()
}
