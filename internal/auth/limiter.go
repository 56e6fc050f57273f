package auth

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// Rate is how often something may be done: Burst times at once, and then once in Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// slots is how many keys share a place in the table of a [Limiter].
const slots = 4

// Limiter keeps a [Rate] for each of many keys. Its memory is taken when it is made and never
// grows: when more keys are in use than it holds, it forgets those that have used up least. It
// neither blocks nor allocates, and is safe for concurrent use.
type Limiter struct {
	rate Rate
	now  func() time.Time
	seed maphash.Seed

	mu    sync.Mutex
	start time.Time
	sets  [][slots]usage
}

// usage is what is known of one key.
type usage struct {
	key uint64 // its hash
	// until is when all that was used will be free again, since the limiter's start. The past: the
	// key has used nothing.
	until time.Duration
}

// NewLimiter returns a limiter that holds at least keys keys, 16 bytes each.
func NewLimiter(rate Rate, keys int, now func() time.Time) *Limiter {
	sets := 1
	for sets*slots < keys {
		sets *= 2
	}
	return &Limiter{rate: rate, now: now, seed: maphash.MakeSeed(), start: now(), sets: make([][slots]usage, sets)}
}

// Take uses the key up once and returns 0, or, when that may not be yet, returns how long to wait.
func (l *Limiter) Take(key string) (wait time.Duration) {
	hash := maphash.String(l.seed, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().Sub(l.start)
	u := slotFor(&l.sets[hash&uint64(len(l.sets)-1)], hash)
	used := max(u.until-now, 0)
	if wait = used - time.Duration(l.rate.Burst-1)*l.rate.Every; wait > 0 {
		return wait
	}
	u.until = now + used + l.rate.Every
	return 0
}

// slotFor returns where the key is kept: its own slotFor, or that of the key that has used up
// least.
func slotFor(set *[slots]usage, key uint64) *usage {
	least := &set[0]
	for i := range set {
		switch {
		case set[i].key == key:
			return &set[i]
		case set[i].until < least.until:
			least = &set[i]
		}
	}
	*least = usage{key: key}
	return least
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
