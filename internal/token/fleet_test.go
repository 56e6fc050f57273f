package token_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/token"
)

// TestSource_Run_aHundredInstancesStartedTogetherSpreadAndAllFollow lets a hundred instances,
// started at one moment, ask the same provider, and changes the token at a moment that is nobody's
// own.
func TestSource_Run_aHundredInstancesStartedTogetherSpreadAndAllFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const instances, interval = 100, time.Minute
		provider := new(clocked)
		provider.deliverToken(tokenA, "1")
		var fleet []*token.Source
		for range instances {
			s, _, _ := started(t, realClock, withInterval(interval), func(c *token.Config) { c.Provider = provider })
			defer run(t, s)()
			fleet = append(fleet, s)
		}
		began := time.Now()
		provider.forget()
		pass(3*interval + 7*time.Second)
		wantSpread(t, provider, began, 3*interval)

		provider.deliverToken(tokenB, "2")
		changed := time.Now()
		var last time.Duration
		pending := slices.Clone(fleet)
		for len(pending) > 0 && time.Since(changed) < 2*interval {
			pass(time.Second)
			pending = slices.DeleteFunc(pending, func(s *token.Source) bool {
				return s.Check([]string{tokenB}).Allowed()
			})
			last = time.Since(changed)
		}
		if most := interval*11/10 + time.Second; last > most {
			t.Errorf("the last of %d instances had the new token after %s, want at most %s; %d never did", instances,
				last, most, len(pending))
		}
		for i, s := range fleet {
			if s.Check([]string{tokenA}).Allowed() {
				t.Errorf("instance %d accepts the old token", i)
			}
		}
	})
}

// forget drops the times of the fetches so far.
func (p *clocked) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.times = nil
}

// wantSpread wants no second since began in which more than a tenth of a hundred instances asked.
func wantSpread(t *testing.T, p *clocked, began time.Time, within time.Duration) {
	t.Helper()
	perSecond := map[int]int{}
	p.mu.Lock()
	defer p.mu.Unlock()
	total := 0
	for _, at := range p.times {
		if d := at.Sub(began); d <= within {
			perSecond[int(d/time.Second)]++
			total++
		}
	}
	for second, n := range perSecond {
		if n > 10 {
			t.Errorf("%d of 100 instances asked within second %d", n, second)
		}
	}
	if total < 250 {
		t.Errorf("%d fetches in three intervals of 100 instances", total)
	}
}
