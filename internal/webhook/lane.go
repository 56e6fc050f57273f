package webhook

import "time"

const (
	// parallel is the number of concurrent attempts, not counting urgent ones.
	parallel = 16
	// urgentParallel is the number of slots for urgent deliveries, which a person waits for. An
	// attempt occupies its slot for at most urgentHold, so that hanging attempts do not block
	// others; urgentMost limits the concurrent attempts.
	urgentParallel = 8
	urgentHold     = 2 * time.Second
	urgentMost     = 256
	// hookParallel, hookUrgent and hookMost are the same for a hook, of which there may be many.
	hookParallel = 4
	hookUrgent   = 4
	hookMost     = 32
	// While attempts hang, a lane has fewer slots, and all attempts but one time out after
	// hangPatience, or after twice the duration of a recent response. The remaining one gets the
	// full timeout, because a sleeping receiver may need it to wake up.
	hangParallel = 4
	hangPatience = 10 * time.Second
)

// lane holds the slots for attempts of some kinds. An attempt that hangs in one lane occupies no
// slot of another. Use it from one goroutine.
type lane struct {
	capacity int           // how many attempts there may be at once
	hold     time.Duration // how long one of them counts among places; 0: until its end
	most     int           // how many there may be in all

	open  map[int64]time.Time // deliveries with an attempt under way, and when it began
	hangs bool                // no answer has come since an attempt got none in time
	// The delivery whose attempt has the full timeout although others hang; 0 if there is none
	probe    int64
	answered time.Time     // when the last answer came
	slowest  time.Duration // how long answers took lately
}

func newLanes() (urgent, rest *lane) {
	return &lane{capacity: urgentParallel, hold: urgentHold, most: urgentMost, open: map[int64]time.Time{}},
		&lane{capacity: parallel, most: parallel, open: map[int64]time.Time{}}
}

// newHookLanes is newLanes for a hook.
func newHookLanes() (urgent, rest *lane) {
	return &lane{capacity: hookUrgent, hold: urgentHold, most: hookMost, open: map[int64]time.Time{}},
		&lane{capacity: hookParallel, most: hookParallel, open: map[int64]time.Time{}}
}

// free returns how many attempts may begin now. If none may and a slot becomes free with time, it
// also returns the earliest time; otherwise the zero time.
func (l *lane) free(now time.Time) (n int, next time.Time) {
	capacity := l.capacity
	if l.hangs && l.hold == 0 {
		capacity = min(capacity, hangParallel)
	}
	counting := len(l.open)
	if l.hold > 0 {
		counting = 0
		for _, began := range l.open {
			ends := began.Add(l.hold)
			if !ends.After(now) {
				continue
			}
			counting++
			if next.IsZero() || ends.Before(next) {
				next = ends
			}
		}
	}
	n = min(capacity-counting, l.most-len(l.open))
	if n > 0 || len(l.open) >= l.most {
		next = time.Time{}
	}
	return max(0, n), next
}

// crowded reports whether an attempt has been open for longer than it may occupy its slot.
func (l *lane) crowded(now time.Time) bool {
	for _, began := range l.open {
		if l.hold > 0 && now.Sub(began) >= l.hold {
			return true
		}
	}
	return false
}

// begin records the start of an attempt and returns its timeout.
func (l *lane) begin(id int64, now time.Time, timeout time.Duration) time.Duration {
	l.open[id] = now
	switch {
	case !l.hangs:
		return timeout
	case l.probe == 0:
		l.probe = id
		return timeout
	}
	return min(timeout, max(hangPatience, 2*l.slowest))
}

// end records the result of an attempt. An attempt without a response does not count as hanging if
// others got a response in the meantime.
func (l *lane) end(id int64, r *Result, now time.Time) {
	began := l.open[id]
	delete(l.open, id)
	if l.probe == id {
		l.probe = 0
	}
	switch {
	case r.Status != 0:
		l.hangs = false
		l.answered = now
		l.slowest = max(now.Sub(began), l.slowest*9/10)
	case r.Hung && began.After(l.answered):
		l.hangs = true
	}
}
