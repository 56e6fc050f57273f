package webhook

import "time"

const (
	// parallel is how many attempts are under way at once, besides those that a person waits for.
	parallel = 16
	// urgentParallel is how many places those have that a person waits for. An attempt holds its
	// place for no longer than urgentHold, so that those that hang keep nobody waiting; urgentMost
	// bounds how many are under way.
	urgentParallel = 8
	urgentHold     = 2 * time.Second
	urgentMost     = 256
	// While attempts hang, a lane has fewer places, and all attempts but one are given up after
	// hangPatience, or after twice as long as an answer took lately. The one has the whole
	// timeout: a receiver that sleeps may need it to wake up.
	hangParallel = 4
	hangPatience = 10 * time.Second
)

// lane is the places for attempts of some kinds: who hangs in one takes no place in another. One
// goroutine uses it.
type lane struct {
	capacity int           // how many attempts there may be at once
	hold     time.Duration // how long one of them counts among places; 0: until its end
	most     int           // how many there may be in all

	open  map[int64]time.Time // deliveries with an attempt under way, and when it began
	hangs bool                // no answer has come since an attempt got none in time
	// The delivery whose attempt has the whole timeout although others hang; 0: there is none
	probe    int64
	answered time.Time     // when the last answer came
	slowest  time.Duration // how long answers took lately
}

func newLanes() (urgent, rest *lane) {
	return &lane{capacity: urgentParallel, hold: urgentHold, most: urgentMost, open: map[int64]time.Time{}},
		&lane{capacity: parallel, most: parallel, open: map[int64]time.Time{}}
}

// free returns how many attempts may begin now. When that is none, and one will be free by itself,
// it returns when at the earliest; otherwise the zero time.
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

// crowded reports whether an attempt has been open for longer than it holds its place.
func (l *lane) crowded(now time.Time) bool {
	for _, began := range l.open {
		if l.hold > 0 && now.Sub(began) >= l.hold {
			return true
		}
	}
	return false
}

// begin notes that an attempt begins and returns how long it may take.
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

// end notes what came of an attempt. That one gets no answer says nothing when others have got
// theirs meanwhile.
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
