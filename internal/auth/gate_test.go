package auth

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// gateClock is a gate with a clock that the test moves.
func gateClock() (*gate, *time.Time) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	return newGate(func() time.Time { return now }), &now
}

// TestGate_checksAtMost60InTenSecondsFromOneRegion lets attackers do what they like within a
// region: any name, any address of it, at any time.
func TestGate_checksAtMost60InTenSecondsFromOneRegion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, now := gateClock()
		six := rapid.Bool().Draw(t, "IPv6")
		var checked []time.Time
		for i := range 400 {
			*now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond)
			address := fmt.Sprintf("198.51.%d.%d", i%256, i/256)
			if six {
				address = fmt.Sprintf("2001:db8:%x:%x::1", i*7, i)
			}
			if g.enter(asker{name: fmt.Sprint("name ", i%50), address: address}) == 0 {
				checked = append(checked, *now)
			}
			if n := len(checked); n > 60 && checked[n-1].Sub(checked[n-61]) < 10*time.Second {
				t.Fatalf("61 in %v", checked[n-1].Sub(checked[n-61]))
			}
		}
		if len(checked) < 30 {
			t.Fatalf("only %d were checked", len(checked))
		}
	})
}

func TestGate_oneRegionLocksNoNameAndNobodyElseOut(t *testing.T) {
	g, now := gateClock()
	for i := range 100_000 { // for almost three hours
		g.enter(asker{name: "admin", address: fmt.Sprintf("2001:db8:%x:%x::1", i%65536, i%65521)})
		*now = now.Add(100 * time.Millisecond)
	}
	if wait := g.enter(asker{name: "admin", address: "203.0.113.7"}); wait > 0 {
		t.Errorf("the same name from elsewhere waits %v", wait)
	}
	if wait := g.enter(asker{name: "admin", address: "2001:db8:77::1"}); wait == 0 {
		t.Error("the region does not wait")
	}
	for i := range 1000 { // a botnet
		g.enter(asker{name: "Admin", address: fmt.Sprintf("%d.%d.1.1", 1+i%200, i%256)})
	}
	if wait := g.enter(asker{name: "ADMIN", address: "203.0.113.8"}); wait == 0 {
		t.Error("a name that is tried from everywhere does not wait")
	}
	if wait := g.enter(asker{own: "browser", name: "admin", address: "203.0.113.7"}); wait > 0 {
		t.Errorf("a known browser waits %v", wait)
	}
}

func TestGate_allTogetherAreBounded(t *testing.T) {
	g, _ := gateClock()
	n := 0
	for i := range 5000 {
		if g.enter(asker{name: fmt.Sprint(i), address: fmt.Sprintf("%d.%d.1.1", 1+i/256, i%256)}) == 0 {
			n++
		}
	}
	if n > 100 || n < 90 {
		t.Errorf("%d were checked at once", n)
	}
}

func TestGate_aRefusalUsesNothingUp(t *testing.T) {
	g, _ := gateClock()
	for range 500 { // its own failures stop it after five
		g.enter(asker{name: "admin", address: "192.0.2.1"})
	}
	for i := range 10 {
		if wait := g.enter(asker{name: fmt.Sprint("other ", i), address: "192.0.2.1"}); wait > 0 {
			t.Fatalf("its neighbour number %d waits %v", i, wait)
		}
	}
}

func TestGate_countsMappedAddressesAsIPv4(t *testing.T) {
	g, _ := gateClock()
	n := 0
	for i := range 40 {
		address := "192.0.2.1"
		if i%2 == 0 {
			address = "::ffff:192.0.2.1"
		}
		if g.enter(asker{name: fmt.Sprint(i), address: address}) == 0 {
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d were checked", n)
	}
}

func TestGate_givesBackWhatWasRight(t *testing.T) {
	g, _ := gateClock()
	for i := range 1000 { // a whole network behind one address
		who := asker{name: fmt.Sprint("member ", i%30), address: "192.0.2.1"}
		if wait := g.enter(who); wait > 0 {
			t.Fatalf("sign-in number %d waits %v", i, wait)
		}
		g.right(who)
	}
}

func TestGate_itsMemoryStaysFlat(t *testing.T) {
	g, _ := gateClock()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 200_000 {
		g.enter(asker{name: fmt.Sprint(i), address: fmt.Sprintf("2001:%x:%x::1", i%5000, i%65536)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("it has grown by %d bytes", grown)
	}
	runtime.KeepAlive(g)
}
