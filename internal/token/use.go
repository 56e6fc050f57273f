package token

import (
	"sync/atomic"
	"time"
)

// Use counts the requests with one token. Its methods are safe for concurrent use, neither block
// nor allocate except where they say so, and the zero Use has counted none.
type Use struct {
	requests  atomic.Int64
	last      atomic.Int64 // nanoseconds since 1970, 0: never
	sampledAt atomic.Int64 // likewise
	client    atomic.Pointer[client]
}

// client is the client that used a token.
type client struct {
	address, userAgent string
}

// Add counts a request at now, in nanoseconds since 1970, and reports whether the caller should
// sample its address and User-Agent: at most once a second.
func (u *Use) Add(now int64) (sample bool) {
	u.requests.Add(1)
	u.last.Store(now)
	last := u.sampledAt.Load()
	if age := now - last; age >= 0 && age < int64(time.Second) {
		return false
	}
	return u.sampledAt.CompareAndSwap(last, now)
}

// Sample records who used the token. Control characters are replaced and long values truncated. It
// allocates.
func (u *Use) Sample(address, userAgent string) {
	u.client.Store(&client{address: printable(address, 64), userAgent: printable(userAgent, 160)})
}

// Requests returns the number of requests.
func (u *Use) Requests() int64 { return u.requests.Load() }

// Last returns the time of the last request, in UTC; zero if there was none.
func (u *Use) Last() time.Time {
	if last := u.last.Load(); last != 0 {
		return time.Unix(0, last).UTC()
	}
	return time.Time{}
}

// Client returns what the last Sample recorded; empty if there was none.
func (u *Use) Client() (address, userAgent string) {
	if c := u.client.Load(); c != nil {
		return c.address, c.userAgent
	}
	return "", ""
}

// restore sets what an earlier run has counted.
func (u *Use) restore(requests int64, last time.Time, address, userAgent string) {
	u.requests.Store(requests)
	if !last.IsZero() {
		u.last.Store(last.UnixNano())
	}
	if address != "" || userAgent != "" {
		u.client.Store(&client{address: address, userAgent: userAgent})
	}
}
