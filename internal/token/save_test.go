package token_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/token"
)

func TestSource_savesEveryTenSecondsWhatHasMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		s := b.restart(t, tokenA)
		stop := run(t, s)
		pass(11 * time.Second)
		saved := b.count()
		pass(time.Minute)
		if got := b.count(); got != saved {
			t.Errorf("%d saves while nothing moved", got-saved)
		}
		wantAllowed(t, s, true, tokenA)
		pass(10 * time.Second)
		b.want(t, "current "+fingerprint(tokenA)+" I digest")
		wantAllowed(t, s, true, tokenA)
		stop()
		b.want(t, "current "+fingerprint(tokenA)+" II digest")
	})
}

func TestSource_savesTheUseAlsoWhileAFetchHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		s, provider, _ := started(t, realClock, withInterval(time.Minute), func(c *token.Config) { c.History = &b })
		provider.hold = make(chan struct{})
		defer run(t, s)()
		for range 30 {
			wantAllowed(t, s, true, tokenA)
			pass(10 * time.Second)
			saved, err := b.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if saved, now := saved[0].Requests, s.Status().Generations[0].Requests; saved != now {
				t.Errorf("%d requests are saved of %d, ten seconds after the last one", saved, now)
			}
		}
	})
}

func TestSource_savesAtOnceHowAFetchEnded(t *testing.T) {
	var b memoryHistory
	s, provider, _ := started(t, func(c *token.Config) { c.History = &b })
	for _, want := range []error{token.ErrUnavailable, token.ErrUnavailable, token.ErrConfig, nil, nil} {
		provider.deliverToken(tokenA, "1")
		if want != nil {
			provider.fail(want)
		}
		before := b.count()
		if err := s.Refresh(t.Context()); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		if got := b.count() - before; got != 1 {
			t.Errorf("saved %d times after a fetch that ended with %v, want once", got, want)
		}
	}
}

func TestSource_servesOnWhenTheHistoryCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		var log bytes.Buffer
		provider := new(script)
		provider.deliverToken(tokenA, "1")
		s := b.restart(t, "", func(c *token.Config) {
			c.Provider, c.Overlap, c.Log = provider, time.Hour, slog.New(slog.NewTextHandler(&log, nil))
		})
		stop := run(t, s)
		b.fail(errors.New("disk full"))
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		pass(time.Minute)
		b.fail(nil)
		pass(10 * time.Second)
		b.want(t, "current "+fingerprint(tokenB)+"  digest", "previous "+fingerprint(tokenA)+"  digest")
		wantAllowed(t, s, true, tokenA, tokenB)
		stop()
		if got := strings.Count(log.String(), "cannot be saved"); got != 1 ||
			!strings.Contains(log.String(), "is saved again") {
			t.Errorf("want one line when saving fails and one when it works again, got:\n%s", log.String())
		}
	})
}

// stuckHistory is a history whose database somebody else locks from its second save on.
type stuckHistory struct{ memoryHistory }

func (b *stuckHistory) Save(ctx context.Context, status token.Status) error {
	if b.count() == 0 {
		return b.memoryHistory.Save(ctx, status)
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestSource_stopsInTimeThoughItsHistoryIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret := token.Generate()
		s := token.New(token.Config{Provider: token.NewEnv(secret), History: &stuckHistory{}})
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		s.Check([]string{secret.Reveal()})
		cancel()
		begin := time.Now()
		if err := <-ended; err != nil || time.Since(begin) > time.Second {
			t.Errorf("Run ended after %v with %v", time.Since(begin), err)
		}
	})
}
