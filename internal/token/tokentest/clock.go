package tokentest

import (
	"sync/atomic"
	"time"
)

// Clock is a clock that only moves when told to. It is safe for concurrent use.
type Clock struct {
	nanos atomic.Int64
}

// NewClock returns a clock that is at start.
func NewClock(start time.Time) *Clock {
	c := new(Clock)
	c.nanos.Store(start.UnixNano())
	return c
}

// Now returns the clock's time in UTC. It allocates nothing.
func (c *Clock) Now() time.Time { return time.Unix(0, c.nanos.Load()).UTC() }

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) { c.nanos.Add(int64(d)) }
