package webhook

import "time"

const (
	// firstPace is how many waiting deliveries are attempted early, at the same time, once the
	// receiver has accepted one again. Each accepted delivery doubles the number, up to all slots;
	// each failure halves it, down to zero.
	firstPace = 4
	// wakeAgain is the pause after a failed early attempt of a delivery. It doubles with each
	// further one, up to wakeAgainMost.
	wakeAgain     = 5 * time.Second
	wakeAgainMost = time.Hour
)

// pace limits how many deliveries that wait after a failure may be attempted early. It starts with
// one, because the receiver may have recovered, or changed, when the process starts. Use it from
// one goroutine.
type pace struct {
	most     int            // 0: none
	slots    int            // the most that most can become
	open     map[int64]bool // deliveries with such an attempt
	answered time.Time      // when the newest attempt began that the receiver took, on the wall clock
}

func newPace(now time.Time, slots int) pace {
	return pace{most: 1, slots: slots, open: map[int64]bool{}, answered: now}
}

// left returns how many early attempts may begin now.
func (p *pace) left() int { return max(0, p.most-len(p.open)) }

// settle records the result of an attempt of any delivery.
func (p *pace) settle(id int64, r *Result) {
	delete(p.open, id)
	switch {
	case r.Cut:
	case r.Delivered():
		p.most = min(max(firstPace, 2*p.most), p.slots)
		if r.At.After(p.answered) {
			p.answered = r.At
		}
	default:
		p.most /= 2
	}
}

// restAfter returns the pause of a delivery after the given number of failed early attempts.
func restAfter(wakes int) time.Duration {
	if wakes > 10 {
		return wakeAgainMost
	}
	return min(wakeAgain<<max(0, wakes-1), wakeAgainMost)
}
