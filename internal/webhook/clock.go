package webhook

import "time"

const (
	// jumpLeast is the smallest change of the clock that counts as a jump.
	jumpLeast = time.Minute
	// doubtful is how long after a jump forward the clock is not trusted to expire something.
	doubtful = time.Hour
	// farJump is the smallest jump forward that postpones the removal of old deliveries.
	farJump = 24 * time.Hour
)

// clock compares the wall clock with the monotonic clock, which nobody can set. A machine that
// slept looks as if its clock had been set forward. Use it from one goroutine.
type clock struct {
	wall      func() time.Time
	began     time.Time // with the monotonic reading
	beganWall time.Time
	offset    time.Duration // of the wall clock, at the last jump
	forward   time.Duration // by how much the last jump went forward; 0: it did not
	doubted   time.Time     // until when forward is doubted, on the monotonic clock
}

func newClock(wall func() time.Time) *clock {
	return &clock{wall: wall, began: time.Now(), beganWall: wall().Round(0)}
}

// jump returns how far the clock was set since the last call, or 0 if it was set by a minute or
// less.
func (c *clock) jump() time.Duration {
	offset := c.wall().Round(0).Sub(c.beganWall) - time.Since(c.began)
	by := offset - c.offset
	if by.Abs() <= jumpLeast {
		return 0
	}
	c.offset = offset
	c.forward = max(0, by)
	c.doubted = time.Now().Add(doubtful)
	return by
}

// doubt reports whether the clock was recently set forward by more than least, and not back since.
func (c *clock) doubt(least time.Duration) bool {
	return c.forward > least && time.Now().Before(c.doubted)
}
