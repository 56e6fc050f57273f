package webhook

import "time"

const (
	// firstPace is how many deliveries that wait after a failure are under way ahead of their time
	// once the receiver has taken one again. Each that it takes doubles that, up to all places;
	// each that fails halves it, down to none.
	firstPace = 4
	// wakeAgain is how long a delivery is left alone whose attempt ahead of its time failed,
	// doubled with each more of them, up to wakeAgainMost.
	wakeAgain     = 5 * time.Second
	wakeAgainMost = time.Hour
)

// pace says how many of the deliveries that wait after a failure may be under way ahead of their
// time. It begins with one, for the receiver may be back, or another one, when the process starts.
// One goroutine uses it.
type pace struct {
	most     int            // 0: none
	open     map[int64]bool // deliveries with such an attempt
	answered time.Time      // when the newest attempt began that the receiver took, on the wall clock
}

func newPace(now time.Time) pace { return pace{most: 1, open: map[int64]bool{}, answered: now} }

// left returns how many may begin now.
func (p *pace) left() int { return max(0, p.most-len(p.open)) }

// settle notes what came of an attempt, of whatever delivery.
func (p *pace) settle(id int64, r *Result) {
	delete(p.open, id)
	switch {
	case r.Cut:
	case r.Delivered():
		p.most = min(max(firstPace, 2*p.most), parallel)
		if r.At.After(p.answered) {
			p.answered = r.At
		}
	default:
		p.most /= 2
	}
}

// restAfter returns how long a delivery is left alone of which as many attempts ahead of its time
// have failed.
func restAfter(wakes int) time.Duration {
	if wakes > 10 {
		return wakeAgainMost
	}
	return min(wakeAgain<<max(0, wakes-1), wakeAgainMost)
}
