package auth_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"namets/internal/auth"
)

// clock is a clock that the test steps.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func TestLimiter_letsABurstThroughAndThenOneAtATime(t *testing.T) {
	clock := newClock()
	l := auth.NewLimiter(auth.Rate{Burst: 3, Every: time.Minute}, 100, clock.now)
	take := func(when, key string, want time.Duration) {
		t.Helper()
		if got := l.Take(key); got != want {
			t.Errorf("%s: wait %v, want %v", when, got, want)
		}
	}
	for range 3 {
		take("burst", "a", 0)
	}
	take("after the burst", "a", time.Minute)
	take("another key", "b", 0)
	clock.at = clock.at.Add(40 * time.Second)
	take("too early", "a", 20*time.Second)
	clock.at = clock.at.Add(20 * time.Second)
	take("in time", "a", 0)
	take("a refusal costs nothing", "a", time.Minute)
	clock.at = clock.at.Add(time.Hour)
	for range 3 {
		take("a new burst after a rest", "a", 0)
	}
	take("after the new burst", "a", time.Minute)
}

func TestLimiter_neverLetsMoreThroughThanItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := newClock()
		rate := auth.Rate{Burst: rapid.IntRange(1, 5).Draw(t, "burst"), Every: time.Second}
		l := auth.NewLimiter(rate, 10, clock.now)
		var admitted []time.Time
		for _, ms := range rapid.SliceOf(rapid.IntRange(0, 1500)).Draw(t, "steps") {
			clock.at = clock.at.Add(time.Duration(ms) * time.Millisecond)
			wait := l.Take("k")
			if wait > 0 {
				later := clock.at.Add(wait)
				if wait > rate.Every || later.Before(clock.at) {
					t.Fatalf("wait %v", wait)
				}
				continue
			}
			admitted = append(admitted, clock.at)
			if i := len(admitted) - 1 - rate.Burst; i >= 0 && admitted[len(admitted)-1].Sub(admitted[i]) < rate.Every {
				t.Fatalf("%d in %v", rate.Burst+1, admitted[len(admitted)-1].Sub(admitted[i]))
			}
		}
	})
}

func TestLimiter_remembersTheWorstOfMoreKeysThanItHolds(t *testing.T) {
	clock := newClock()
	l := auth.NewLimiter(auth.Rate{Burst: 5, Every: time.Hour}, 64, clock.now)
	for range 5 {
		l.Take("worst")
	}
	for i := range 100_000 {
		l.Take(fmt.Sprint("once ", i))
	}
	if l.Take("worst") == 0 {
		t.Error("the key that has used up everything was forgotten")
	}
}

func TestLimiter_keepsItsMemoryFlat(t *testing.T) {
	l := auth.NewLimiter(auth.Rate{Burst: 5, Every: time.Hour}, 1000, time.Now)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 1_000_000 {
		l.Take(keys[i%len(keys)])
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 1000 {
		t.Errorf("a million calls allocated %d times", n)
	}
}

func TestClientKey_isTheNetworkThatAClientHas(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64",
		"2001:db8:1:3::1":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
		"no address":           "no address",
	} {
		if got := auth.ClientKey(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestRegionKey_isAboutWhatAProviderHas(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.0.0/16",
		"192.0.77.7":           "192.0.0.0/16",
		"::ffff:192.0.2.7":     "192.0.0.0/16",
		"192.1.2.7":            "192.1.0.0/16",
		"2001:db8:1:2:3:4:5:6": "2001:db8::/32",
		"2001:db9::1%eth0":     "2001:db9::/32",
		"":                     "",
	} {
		if got := auth.RegionKey(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func BenchmarkLimiter_Take(b *testing.B) {
	l := auth.NewLimiter(auth.Rate{Burst: 5, Every: time.Hour}, 65536, time.Now)
	b.ReportAllocs()
	for b.Loop() {
		l.Take("192.0.2.7")
	}
}
