package webhook

import "time"

const (
	// jumpLeast is from when on a change of the clock is one.
	jumpLeast = time.Minute
	// doubtful is how long a clock that was set forward is not believed when it says that
	// something's time is over.
	doubtful = time.Hour
	// farJump is what the clock must have been set forward by to postpone the removal of what was
	// kept long enough.
	farJump = 24 * time.Hour
)

// clock compares the wall clock with the time that has passed, which nobody can set. A machine
// that slept looks as if its clock had been set forward. One goroutine uses it.
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

// jump returns by how much the clock was set since the last call; 0 when it was not, or by no more
// than a minute.
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

// doubt reports whether the clock was lately set forward by more than least and not back since.
func (c *clock) doubt(least time.Duration) bool {
	return c.forward > least && time.Now().Before(c.doubted)
}
