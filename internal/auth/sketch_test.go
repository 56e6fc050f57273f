package auth

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSketch_neverAllowsMoreThanTheRateWhateverOtherKeysDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{Burst: rapid.IntRange(1, 5).Draw(t, "burst"), Every: time.Second}
		s, now := newSketch(rate), time.Duration(0)
		var used []time.Duration
		for i, ms := range rapid.SliceOfN(rapid.IntRange(0, 1500), 1, 60).Draw(t, "steps") {
			now += time.Duration(ms) * time.Millisecond
			for j := range 40 { // a crowd
				s.use(fmt.Sprint("crowd ", i, j), now)
			}
			if s.wait("k", now) > 0 {
				continue
			}
			s.use("k", now)
			used = append(used, now)
			if i := len(used) - 1 - rate.Burst; i >= 0 && used[len(used)-1]-used[i] < rate.Every {
				t.Fatalf("%d in %v", rate.Burst+1, used[len(used)-1]-used[i])
			}
		}
	})
}

func TestSketch_forgetsNobodyInACrowd(t *testing.T) {
	s := newSketch(Rate{Burst: 5, Every: time.Hour})
	for range 5 {
		s.use("worst", 0)
	}
	for i := range 100_000 {
		s.use(fmt.Sprint("once ", i), 0)
	}
	if s.wait("worst", 0) == 0 {
		t.Error("a key that has used up everything may go on")
	}
}

func TestSketch_keepsFewApart(t *testing.T) {
	s := newSketch(Rate{Burst: 1, Every: time.Hour})
	for i := range 400 {
		s.use(fmt.Sprint("busy ", i), 0)
	}
	waiting := 0
	for i := range 1000 {
		if s.wait(fmt.Sprint("quiet ", i), 0) > 0 {
			waiting++
		}
	}
	if waiting > 50 { // about ten are to be expected
		t.Errorf("%d of 1000 keys that have done nothing wait", waiting)
	}
}

func TestSketch_givesBack(t *testing.T) {
	s := newSketch(Rate{Burst: 1, Every: time.Minute})
	s.use("k", time.Second)
	if s.wait("k", time.Second) != time.Minute {
		t.Error("it does not wait")
	}
	s.giveBack("k")
	if s.wait("k", time.Second) != 0 {
		t.Error("it waits for what was given back")
	}
}
