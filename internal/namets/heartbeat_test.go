package namets_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"namets/internal/namets"
)

// beats is a program that asks.
type beats struct {
	namets.Heartbeat
	at time.Time
}

func newBeats() *beats { return &beats{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

// every asks n times, each time after the interval, and then again after each of the pauses: the
// interval counts from the first of these requests.
func (b *beats) every(interval time.Duration, n int, pauses ...time.Duration) *beats {
	for range n {
		b.at = b.at.Add(interval)
		b.See(b.at)
		again := b.at
		for _, pause := range pauses {
			again = again.Add(pause)
			b.See(again)
		}
	}
	return b
}

// pages are requests every half a minute for 40 minutes.
func pages() (list []time.Duration) {
	for range 80 {
		list = append(list, 30*time.Second)
	}
	return list
}

func TestHeartbeat_learnsTheUsualInterval(t *testing.T) {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	for _, test := range []struct {
		name string
		of   *beats
		want time.Duration
	}{
		{"nothing", newBeats(), 0},
		{"four intervals are too few", newBeats().every(minute, 5), 0},
		{"five intervals", newBeats().every(minute, 6), minute},
		{"every ten seconds", newBeats().every(10*time.Second, 50), minute},
		{"two requests at once", newBeats().every(hour, 6, 3*time.Second), hour},
		{"a run with retries", newBeats().every(10*minute, 10, 2*minute, 2*minute), 10 * minute},
		{"a long run each day", newBeats().every(day, 10, pages()...), day},
		{"only by day", newBeats().every(14*hour, 1).every(5*minute, 120).every(14*hour, 1).every(5*minute, 120).
			every(14*hour, 1).every(5*minute, 120).every(14*hour, 1).every(5*minute, 120), day},
		{"tests by hand", newBeats().every(minute, 1).every(40*time.Second, 1).every(5*minute, 1).every(2*minute, 2).
			every(9*minute, 1).every(3*minute, 1), 0},
		{"a schedule after", newBeats().every(2*minute, 2).every(5*minute, 1).every(60*day, 1).every(hour, 7), hour},
		{"tests between", newBeats().every(hour, 8).every(25*minute, 1).every(35*minute, 1).every(hour, 2), hour},
		{"an outage", newBeats().every(hour, 20).every(10*hour, 1).every(hour, 1), hour},
		{"two outages in a row", newBeats().every(hour, 20).every(10*hour, 1).every(9*hour, 1), hour},
		{"more often from now on", newBeats().every(day, 20).every(hour, 26), hour},
		{"more seldom from now on", newBeats().every(hour, 40).every(2*hour, 12), 2 * hour},
		{"much more seldom", newBeats().every(hour, 40).every(day, 3), day},
		{"once a day in summer time", newBeats().every(day, 5).every(23*hour, 1).every(day, 5), day},
		{"on weekdays", newBeats().every(day, 5).every(3*day, 1).every(day, 4).every(3*day, 1).every(day, 4), day},
	} {
		if got := test.of.Usual(); got != test.want {
			t.Errorf("%s: %v, want %v; %v", test.name, got, test.want, test.of.Gaps)
		}
	}
}

func TestHeartbeat_isLateAfterThreeIntervals(t *testing.T) {
	b := newBeats().every(10*time.Minute, 6, 5*time.Second)
	seen := b.at.Add(5 * time.Second)
	if b.Late(seen.Add(31 * time.Minute)) {
		t.Error("late after three intervals and a tenth")
	}
	if !b.Late(seen.Add(31*time.Minute + 1)) {
		t.Error("not late after that")
	}
	b.Missed = time.Hour
	if b.Late(seen.Add(91 * time.Minute)) {
		t.Error("late, although it could not ask for an hour")
	}
	if !b.Late(seen.Add(91*time.Minute + 1)) {
		t.Error("not late, although three intervals have passed besides that hour")
	}
	b.LateAt = b.at
	b.every(2*time.Hour, 1)
	if !b.LateAt.IsZero() || b.Missed != 0 || len(b.Gaps) != 5 || len(b.Pauses) != 0 {
		t.Errorf("after an interval in which namets did not run: %+v", b.Heartbeat)
	}
	if newBeats().every(time.Minute, 3).Late(seen.Add(1000 * time.Hour)) {
		t.Error("late without a usual interval")
	}
}

func TestHeartbeat_survivesAClockThatIsSetBack(t *testing.T) {
	b := newBeats().every(time.Hour, 6)
	b.at = b.at.Add(-24 * time.Hour)
	if b.every(time.Hour, 6); b.Usual() != time.Hour || !b.SeenAt.Equal(b.at) {
		t.Errorf("%+v", b.Heartbeat)
	}
}

func TestHeartbeat_learnsEverySchedule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		interval := time.Duration(rapid.IntRange(60, 7*24*3600).Draw(r, "seconds")) * time.Second
		requests := rapid.IntRange(1, 3).Draw(r, "requests")
		b := newBeats()
		start := b.at
		for i := range rapid.IntRange(6, 100).Draw(r, "runs") {
			late := time.Duration(rapid.Int64Range(0, int64(interval/20)).Draw(r, "late"))
			b.at = start.Add(time.Duration(i)*interval + late)
			for range requests {
				b.See(b.at)
				b.at = b.at.Add(interval / 50)
			}
			if b.Late(b.SeenAt.Add(interval * 5 / 2)) {
				r.Fatalf("run %d: late too early; the interval is %v, not %v", i, b.Usual(), interval)
			}
			if len(b.Gaps) > 30 || len(b.Pauses) > 2 {
				r.Fatalf("%d gaps, %d pauses", len(b.Gaps), len(b.Pauses))
			}
		}
		if d := b.Usual() - interval; d.Abs() > interval/4 {
			r.Fatalf("learned %v, not %v: %v", b.Usual(), interval, b.Gaps)
		}
	})
}
