package namets

import (
	"slices"
	"time"
)

// What a [Heartbeat] learns from, and when it is late.
const (
	// visitLength: requests within this time of the first one belong to one visit: a run of a
	// workflow asks several times, and repeats what has failed.
	visitLength = 20 * time.Second
	// leastInterval is the least usual interval.
	leastInterval = time.Minute
	// maxGaps is the maximum number of gaps that are kept, enoughIntervals the number of similar
	// intervals that make one usual, enoughPauses the number of similar silences after which they
	// are part of the schedule.
	maxGaps, enoughIntervals, enoughPauses = 30, 5, 3
	// missedIntervals is how many usual intervals may pass.
	missedIntervals = 3
)

// Heartbeat is what is known of how often a program asks. It learns the usual interval from the
// requests, and knows whether the program is late.
type Heartbeat struct {
	SeenAt  time.Time // of the last request; zero: none yet
	BeganAt time.Time // of the last visit; see visitLength
	// Missed is for how long since SeenAt requests could not arrive, because namets did not run.
	Missed time.Duration
	// Gaps are the times between the beginnings of its last visits, the oldest first, without
	// silences. Pauses are the last silences, as long as it has been silent for longer than it has
	// asked since, which is Active.
	Gaps, Pauses []time.Duration
	Active       time.Duration
	// LateAt is when it was found late; zero: it is not late.
	LateAt time.Time
}

// See records a request at the time.
func (h *Heartbeat) See(at time.Time) {
	switch gap := at.Sub(h.BeganAt); {
	case h.SeenAt.IsZero() || gap < 0: // the first, or the clock was set back
		h.BeganAt = at
	case gap >= visitLength:
		if h.Missed <= gap/10 { // otherwise it says nothing about the program
			h.learn(gap)
		}
		h.BeganAt = at
	}
	h.SeenAt, h.Missed, h.LateAt = at, 0, time.Time{}
}

// learn adds the time between two visits.
func (h *Heartbeat) learn(gap time.Duration) {
	usual := h.Usual()
	if usual > 0 && gap > tolerated(usual) {
		h.pause(gap)
		return
	}
	if h.Active += gap; h.Active > total(h.Pauses) {
		h.Pauses, h.Active = nil, 0
	}
	h.Gaps = append(slices.Clone(h.Gaps), gap)
	if recent := h.Gaps[shortSince(h.Gaps, usual):]; total(recent) >= usual && usualOf(recent) > 0 {
		h.Gaps = recent // for a whole interval it has asked more often: the schedule has changed
	}
	if len(h.Gaps) > maxGaps {
		h.Gaps = shorten(h.Gaps)
	}
}

// pause adds a silence. Three similar ones are no accident: the schedule has changed, or a run
// takes long and asks as regularly as a schedule.
func (h *Heartbeat) pause(gap time.Duration) {
	if n := len(h.Pauses); n > 0 && !similar(gap, h.Pauses[n-1]) {
		h.Pauses, h.Active = nil, 0
	}
	if h.Pauses = append(slices.Clone(h.Pauses), gap); len(h.Pauses) < enoughPauses {
		return
	}
	interval := (total(h.Pauses[1:]) + h.Active) / (enoughPauses - 1)
	h.Gaps, h.Pauses, h.Active = slices.Repeat([]time.Duration{interval}, enoughIntervals), nil, 0
}

// Usual returns its usual interval; 0 if that is not known. An interval is usual if at least five
// of the last ones differ from it by at most a quarter, and they are at least half of the time that
// the last ones took; one longer gap does not count.
func (h *Heartbeat) Usual() time.Duration { return usualOf(h.Gaps) }

// Late reports whether more than three of its usual intervals have passed without a request, and a
// tenth of one for what a schedule varies.
func (h *Heartbeat) Late(now time.Time) bool {
	usual := h.Usual()
	return usual > 0 && now.Sub(h.SeenAt)-h.Missed > tolerated(usual)
}

// tolerated returns for how long a program with the usual interval may be silent.
func tolerated(usual time.Duration) time.Duration { return missedIntervals*usual + usual/10 }

// usualOf returns the longest interval that is usual among the gaps; 0 if none is.
func usualOf(gaps []time.Duration) time.Duration {
	candidates := slices.Clone(gaps)
	slices.Sort(candidates)
	for _, candidate := range slices.Backward(slices.Compact(candidates)) {
		list := intervals(gaps, candidate)
		if len(list) < enoughIntervals {
			continue
		}
		slices.Sort(list)
		middle, n, sum := list[len(list)/2], 0, time.Duration(0)
		for _, interval := range list {
			if similar(interval, middle) {
				n++
				sum += interval
			}
		}
		if n >= enoughIntervals && 2*sum >= total(gaps)-slices.Max(gaps) {
			return max(rounded(middle), leastInterval)
		}
	}
	return 0
}

// intervals returns the intervals of the gaps if they are about as long as the candidate. A gap
// that is much shorter is within a run that takes long, and belongs to the interval.
func intervals(gaps []time.Duration, candidate time.Duration) (list []time.Duration) {
	sum := time.Duration(0)
	for _, gap := range gaps {
		if sum += gap; gap >= short(candidate) {
			list, sum = append(list, sum), 0
		}
	}
	return list
}

// short returns below which length a gap is within an interval of the given length.
func short(interval time.Duration) time.Duration { return interval / 4 * 3 }

// similar reports whether a differs from b by at most a quarter.
func similar(a, b time.Duration) bool { return (a - b).Abs() <= b/4 }

// rounded returns the interval as people would say it.
func rounded(d time.Duration) time.Duration {
	if d < time.Hour {
		return d.Round(10 * time.Second)
	}
	return d.Round(5 * time.Minute)
}

func total(gaps []time.Duration) (sum time.Duration) {
	for _, gap := range gaps {
		sum += gap
	}
	return sum
}

// shortSince returns the index from which on all gaps are within an interval of the given length.
func shortSince(gaps []time.Duration, interval time.Duration) int {
	i := len(gaps)
	for i > 0 && gaps[i-1] < short(interval) {
		i--
	}
	return i
}

// shorten removes a gap: the oldest one, or, if the interval were unknown without it, one of the
// shortest, which the next one then includes.
func shorten(gaps []time.Duration) []time.Duration {
	if rest := gaps[1:]; usualOf(gaps) == 0 || usualOf(rest) > 0 {
		return rest
	}
	at := 0
	for i := range gaps[:len(gaps)-1] {
		if gaps[i]+gaps[i+1] < gaps[at]+gaps[at+1] {
			at = i
		}
	}
	return slices.Replace(gaps, at, at+2, gaps[at]+gaps[at+1])
}
