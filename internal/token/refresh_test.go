package token_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/token"
)

func TestSource_Refresh_sharesAFetchThatBeganAfterTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock)
		provider.hold = make(chan struct{})
		var done atomic.Int32
		var wg sync.WaitGroup
		call := func() {
			wg.Go(func() {
				if err := s.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
				done.Add(1)
			})
		}
		call()
		synctest.Wait() // its fetch is under way and must not serve those who come now
		for range 10 {
			call()
		}
		synctest.Wait()
		if got := provider.count(); got != 2 {
			t.Errorf("%d fetches, want one at the start and one under way", got)
		}
		provider.hold <- struct{}{}
		synctest.Wait()
		if got := done.Load(); got != 1 {
			t.Errorf("%d callers have an answer, want the first one", got)
		}
		provider.deliverToken(tokenB, "2")
		provider.hold <- struct{}{}
		wg.Wait()
		if got := provider.count(); got != 3 {
			t.Errorf("%d fetches, want the ten others to share one", got)
		}
		wantAllowed(t, s, true, tokenB)
	})
}

func TestSource_Refresh_cutsOffAFetchThatHangsAndServesItsCallersToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock)
		provider.hold = make(chan struct{})
		var wg sync.WaitGroup
		refresh := func() {
			if err := s.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
		}
		wg.Go(refresh)
		pass(100 * time.Millisecond) // it hangs
		provider.deliverToken(tokenB, "2")
		began := time.Now()
		wg.Go(refresh)
		pass(1500 * time.Millisecond)
		provider.hold <- struct{}{} // the one that hung has gone: this is the second's
		wg.Wait()
		if took := time.Since(began); took > 1600*time.Millisecond {
			t.Errorf("it took %s, want not to wait for the end of the fetch that hangs", took)
		}
		if st := s.Status(); st.State != token.OK || st.Reloads.Unavailable != 0 || st.LastError != "" {
			t.Errorf("the fetch that was cut off is reported: %+v", st)
		}
		wantAllowed(t, s, true, tokenB)
	})
}

func TestSource_Refresh_hearsASlowSourceOutThoughReloadsCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider := &slowly{takes: 3 * time.Second}
		provider.deliverToken(tokenA, "1")
		s := token.New(token.Config{Provider: provider})
		var wg sync.WaitGroup
		began := time.Now()
		for range 40 {
			wg.Go(func() { _ = s.Refresh(t.Context()) })
			pass(250 * time.Millisecond)
			if s.Check([]string{tokenA}).Allowed() {
				break
			}
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("the token is not in force after %s", took)
		}
		wg.Wait()
	})
}

// slowly is a provider that takes its time.
type slowly struct {
	script
	takes time.Duration
}

func (p *slowly) Fetch(ctx context.Context) (token.Set, error) {
	select {
	case <-time.After(p.takes):
		return p.script.Fetch(ctx)
	case <-ctx.Done():
		return token.Set{}, ctx.Err()
	}
}

func TestSource_Refresh_returnsWithItsContextAndTheFetchGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock)
		provider.hold = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Refresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("refresh = %v, want the deadline", err)
		}
		provider.deliverToken(tokenB, "2")
		provider.hold <- struct{}{}
		synctest.Wait()
		wantAllowed(t, s, true, tokenB)
	})
}

func TestSource_Refresh_endsAFetchThatHangsAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, realClock)
		provider.hold = make(chan struct{})
		began := time.Now()
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrUnavailable) || time.Since(began) != 10*time.Second {
			t.Errorf("got %v after %s, want ErrUnavailable after 10 s", err, time.Since(began))
		}
	})
}
