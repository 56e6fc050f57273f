package token_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/token"
)

// realClock makes a source follow the clock of the synctest bubble.
func realClock(c *token.Config) { c.Now = nil }

func withInterval(d time.Duration) func(*token.Config) {
	return func(c *token.Config) { c.Interval = d }
}

// pass lets d go by on the clock of the synctest bubble, and what is due by then happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// run runs s until the returned function is called, which waits for its end.
func run(t testing.TB, s *token.Source) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run = %v, want nil", err)
		}
	}
}

// clocked is a provider that notes when it is asked.
type clocked struct {
	script
	times []time.Time // guarded by script.mu
}

func (p *clocked) Fetch(ctx context.Context) (token.Set, error) {
	p.mu.Lock()
	p.times = append(p.times, time.Now())
	p.mu.Unlock()
	return p.script.Fetch(ctx)
}

// gaps returns the times between the fetches.
func (p *clocked) gaps() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var gaps []time.Duration
	for i := 1; i < len(p.times); i++ {
		gaps = append(gaps, p.times[i].Sub(p.times[i-1]))
	}
	return gaps
}

func TestSource_Run_spreadsTheFirstFetchAndJittersTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = time.Minute
		var quarters [4]int
		for range 100 {
			provider := new(clocked)
			provider.deliverToken(tokenA, "1")
			s, _, _ := started(t, realClock, withInterval(interval), func(c *token.Config) { c.Provider = provider })
			stop := run(t, s)
			pass(5 * interval)
			stop()
			gaps := provider.gaps()
			first, others := gaps[0], gaps[1:]
			if first <= 0 || first > interval {
				t.Errorf("first fetch after %s, want one in (0, %s]", first, interval)
			}
			quarters[min(int(4*first/interval), 3)]++
			same := true
			for _, gap := range others {
				if gap < interval*9/10 || gap > interval*11/10 {
					t.Errorf("next fetch after %s, want %s ± 10 %%", gap, interval)
				}
				same = same && gap == others[0]
			}
			if len(others) < 3 || same {
				t.Errorf("gaps %v, want at least three, drawn again", others)
			}
		}
		for i, n := range quarters {
			if n < 8 {
				t.Errorf("%d of 100 first fetches in quarter %d of the interval, want them spread", n, i+1)
			}
		}
	})
}

func TestSource_Run_backsOffFromOneSecondToTheInterval(t *testing.T) {
	for _, tt := range []struct{ interval, most time.Duration }{
		{time.Minute, time.Minute},
		{time.Hour, 5 * time.Minute},
	} {
		t.Run(tt.interval.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				provider := new(clocked)
				provider.fail(token.ErrUnavailable)
				s, _, _ := started(t, realClock, withInterval(tt.interval), func(c *token.Config) {
					c.Provider = provider
				})
				stop := run(t, s)
				pass(12 * time.Hour)
				bound, largest := time.Second, time.Duration(0)
				for i, gap := range provider.gaps() {
					if gap > bound {
						t.Errorf("try %d after %s, want at most %s", i+1, gap, bound)
					}
					bound, largest = min(2*bound, tt.most), max(largest, gap)
				}
				if largest < tt.most/2 {
					t.Errorf("the longest wait was %s, want it to grow towards %s", largest, tt.most)
				}
				provider.deliverToken(tokenA, "1")
				pass(tt.most)
				wantAllowed(t, s, true, tokenA)
				stop()
			})
		})
	}
}

func TestSource_Run_putsANewTokenIntoForceWithinTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock, withInterval(time.Minute))
		stop := run(t, s)
		defer stop()
		pass(10 * time.Minute)
		provider.deliverToken(tokenB, "2")
		pass(66 * time.Second)
		wantAllowed(t, s, true, tokenB)
		if next := s.Status().NextReload; time.Until(next) <= 0 || time.Until(next) > 66*time.Second {
			t.Errorf("next reload at %s, now %s", next, time.Now())
		}
	})
}

func TestSource_Run_fetchesNothingWithoutAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock)
		stop := run(t, s)
		pass(24 * time.Hour)
		stop()
		if got := provider.count(); got != 1 {
			t.Errorf("%d fetches, want the one of the start", got)
		}
		if !s.Status().NextReload.IsZero() {
			t.Error("status promises a reload")
		}
	})
}

func TestSource_Run_tellsTheEndOfAnOverlapWithoutARequestOrAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen changes
		s, provider, _ := started(t, realClock, withOverlap(10*time.Minute), seen.config)
		stop := run(t, s)
		defer stop()
		pass(time.Minute)
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		until := time.Now().Add(10 * time.Minute).UTC()
		pass(10*time.Minute - 1)
		wantAllowed(t, s, true, tokenA)
		pass(1)
		seen.want(t,
			token.Change{Kind: token.Loaded, Version: "1", Fingerprint: fingerprint(tokenA)},
			token.Change{Kind: token.Rotated, Version: "2", Fingerprint: fingerprint(tokenB),
				Previous: fingerprint(tokenA), AcceptedUntil: until},
			token.Change{Kind: token.OverlapEnded, Version: "2", Fingerprint: fingerprint(tokenB),
				Previous: fingerprint(tokenA)})
		if !seen.got[2].At.Equal(until) {
			t.Errorf("told at %s, want %s", seen.got[2].At, until)
		}
	})
}

func TestSource_Run_cutsOffAFetchWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock)
		provider.hold = make(chan struct{})
		result := make(chan error)
		go func() { result <- s.Refresh(context.Background()) }()
		stop := run(t, s)
		synctest.Wait()
		began := time.Now()
		stop()
		if err := <-result; !errors.Is(err, token.ErrUnavailable) || time.Since(began) != 0 {
			t.Errorf("the cut fetch gives %v after %s", err, time.Since(began))
		}
		if st := s.Status(); st.State != token.OK {
			t.Errorf("stopping leaves the state %s", st.State)
		}
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrUnavailable) {
			t.Errorf("refresh after the end = %v, want ErrUnavailable", err)
		}
	})
}

// keeper is a provider whose login wants to be renewed.
type keeper struct {
	*clocked
	lease time.Duration
}

func (k keeper) FetchBy() time.Time {
	if k.lease == 0 {
		return time.Time{}
	}
	return time.Now().Add(k.lease)
}

func TestSource_Run_fetchesEarlierToKeepALogin(t *testing.T) {
	for _, tt := range []struct {
		lease, least, most time.Duration
	}{
		{0, 54 * time.Minute, 66 * time.Minute},
		{2 * time.Hour, 54 * time.Minute, 66 * time.Minute},
		{20 * time.Second, 20 * time.Second, 20 * time.Second},
		{-time.Hour, time.Second, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			provider := &clocked{}
			provider.deliverToken(tokenA, "1")
			s := token.New(token.Config{Provider: keeper{provider, tt.lease}, Interval: time.Hour})
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer run(t, s)()
			pass(4 * time.Hour)
			for _, gap := range provider.gaps()[1:] { // the first may be anything up to the interval
				if gap < tt.least || gap > tt.most {
					t.Errorf("lease %s: %s between two fetches, want %s to %s", tt.lease, gap, tt.least, tt.most)
					break
				}
			}
		})
	}
}

func TestSource_Run_savesWhenItWillAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b statusHistory
		s, _, _ := started(t, realClock, withInterval(time.Minute), func(c *token.Config) { c.History = &b })
		defer run(t, s)()
		for range 10 {
			pass(20 * time.Second)
			if next := b.last().NextReload; next.Before(time.Now()) {
				t.Errorf("at %s the history says that the next fetch was at %s", time.Now(), next)
			}
		}
	})
}

// statusHistory is a history that keeps the last status.
type statusHistory struct {
	memoryHistory
	status atomic.Pointer[token.Status]
}

func (b *statusHistory) Save(ctx context.Context, status token.Status) error {
	b.status.Store(&status)
	return b.memoryHistory.Save(ctx, status)
}

func (b *statusHistory) last() token.Status { return *b.status.Load() }

func TestSource_Start_endsTheProcessOnlyForWhatTheOperatorMustFix(t *testing.T) {
	for _, tt := range []struct {
		problem   error
		fatal     bool
		available bool
	}{
		{problem: token.ErrConfig, fatal: true},
		{problem: token.ErrInvalid, fatal: true},
		{problem: token.ErrUnavailable},
		{problem: errors.New("without a sentinel")},
		{problem: token.ErrRevoked, available: true},
	} {
		t.Run(tt.problem.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				provider := new(script)
				provider.fail(tt.problem)
				var log bytes.Buffer
				s := token.New(token.Config{Provider: provider, Log: slog.New(slog.NewTextHandler(&log, nil))})
				err := s.Start(t.Context())
				if (log.Len() == 0) != tt.fatal {
					t.Errorf("an error that is returned is not logged, any other is: %s", &log)
				}
				if (err != nil) != tt.fatal || tt.fatal && !errors.Is(err, tt.problem) {
					t.Errorf("start = %v, want an error: %t", err, tt.fatal)
				}
				v := s.Check([]string{tokenA})
				if v.Allowed() || v.Available() != tt.available {
					t.Errorf("allowed %t, available %t; want available %t", v.Allowed(), v.Available(), tt.available)
				}
			})
		})
	}
}

func TestSource_Start_opensThePortAfterThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider := new(script)
		provider.deliverToken(tokenA, "1")
		provider.hold = make(chan struct{})
		s := token.New(token.Config{Provider: provider, Interval: time.Minute})
		began := time.Now()
		if err := s.Start(t.Context()); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("start = %v after %s, want nil after 3 s", err, time.Since(began))
		}
		if s.Check([]string{tokenA}).Available() {
			t.Error("available without an answer")
		}
		synctest.Wait()
		stop := run(t, s)
		pass(time.Second)
		close(provider.hold)
		synctest.Wait()
		wantAllowed(t, s, true, tokenA)
		stop()
	})
}

func TestSource_servesChecksWhileTheTokenRotates(t *testing.T) {
	s, provider, _ := started(t, realClock, withOverlap(time.Hour))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				a, b := s.Check([]string{tokenA}), s.Check([]string{tokenB})
				if !a.Allowed() && !b.Allowed() {
					t.Error("neither token is allowed")
				}
				a.Sample("192.0.2.1", "test")
				_ = s.Status()
			}
		})
	}
	for i := range 200 {
		provider.deliverToken([]string{tokenB, tokenA}[i%2], "")
		mustRefresh(t, s)
	}
	close(done)
	wg.Wait()
}
