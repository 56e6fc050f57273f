package token_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/secret"
	"namets/internal/token"
)

// memoryHistory is a history in memory.
type memoryHistory struct {
	mu    sync.Mutex
	data  []token.Generation
	saves int
	err   error
}

func (b *memoryHistory) Load(context.Context) ([]token.Generation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.data), b.err
}

func (b *memoryHistory) Save(_ context.Context, status token.Status) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saves++
	if b.err != nil {
		return b.err
	}
	b.data = slices.Clone(status.Generations)
	return nil
}

func (b *memoryHistory) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *memoryHistory) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.saves
}

// want compares what is kept with lines of role, fingerprint, requests and whether the digest is
// kept.
func (b *memoryHistory) want(t testing.TB, want ...string) {
	t.Helper()
	saved, err := b.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range saved {
		line := string(r.Role) + " " + r.Fingerprint + " " + strings.Repeat("I", int(r.Requests))
		if !r.Digest.IsZero() {
			line += " digest"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the history (-want +got):\n%s", diff)
	}
}

// restart returns a source that has started on the history with value configured, as a restart with
// another environment.
func (b *memoryHistory) restart(t testing.TB, value string, change ...func(*token.Config)) *token.Source {
	t.Helper()
	c := token.Config{Provider: token.NewEnv(secret.New(value)), Name: "env", History: b}
	for _, f := range change {
		f(&c)
	}
	s := token.New(c)
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSource_keepsAnOverlapOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		overlap := withOverlap(10 * time.Minute)
		wantAllowed(t, b.restart(t, tokenA, overlap), true, tokenA)

		var seen changes
		wantAllowed(t, b.restart(t, tokenB, overlap, seen.config), true, tokenA, tokenB)
		until := time.Now().Add(10 * time.Minute).UTC()
		seen.want(t, token.Change{Kind: token.Rotated, Fingerprint: fingerprint(tokenB), Previous: fingerprint(tokenA),
			AcceptedUntil: until})
		b.want(t, "current "+fingerprint(tokenB)+"  digest", "previous "+fingerprint(tokenA)+"  digest")

		pass(9 * time.Minute)
		seen = changes{}
		s := b.restart(t, tokenB, overlap, seen.config)
		wantAllowed(t, s, true, tokenA, tokenB)
		seen.want(t)
		if got := s.Status().OverlapEnd; !got.Equal(until) {
			t.Errorf("after the restart the overlap ends at %s, want %s", got, until)
		}
		pass(time.Minute)
		wantAllowed(t, s, true, tokenB)
		wantAllowed(t, s, false, tokenA)

		seen = changes{}
		s = b.restart(t, tokenB, overlap, seen.config)
		wantAllowed(t, s, false, tokenA)
		seen.want(t, token.Change{Kind: token.OverlapEnded, Fingerprint: fingerprint(tokenB),
			Previous: fingerprint(tokenA)})
		b.want(t, "current "+fingerprint(tokenB)+"  digest", "retired "+fingerprint(tokenA)+" ")
	})
}

func TestSource_forgetsTheDigestAtTheEndOfTheOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		b.restart(t, tokenA)
		s := b.restart(t, tokenB, withOverlap(10*time.Minute))
		defer run(t, s)()
		pass(10*time.Minute + 1)
		b.want(t, "current "+fingerprint(tokenB)+"  digest", "retired "+fingerprint(tokenA)+" ")
	})
}

func TestSource_aRestartWithoutOverlapRefusesTheOldTokenAndSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before []func(*token.Config)
	}{
		{"strict all along", nil},
		{"overlap switched off", []func(*token.Config){withOverlap(time.Hour)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b memoryHistory
			b.restart(t, tokenA, tt.before...)
			b.restart(t, tokenB, tt.before...)
			s := b.restart(t, tokenC)
			wantAllowed(t, s, true, tokenC)
			wantAllowed(t, s, false, tokenA, tokenB)
			for range 3 { // it is known by its fingerprint from then on
				for _, secret := range []string{tokenA, tokenB} {
					if got := s.Check([]string{secret}).Reason(); got != "expired" {
						t.Errorf("a token that was in force earlier is refused as %q, want expired", got)
					}
				}
				if got := s.Check([]string{"granite-token-1029384756"}).Reason(); got != "wrong" {
					t.Errorf("a token that never was is refused as %q, want wrong", got)
				}
				mustSave(t, s)
				s = b.restart(t, tokenC)
			}
			if g := s.Status().Generations; len(g) != 3 || g[1].RefusedSince != 4 || g[2].RefusedSince != 4 {
				t.Errorf("generations: %+v", g)
			}
		})
	}
}

// mustSave saves what s knows.
func mustSave(t testing.TB, s *token.Source) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSource_aRestartWithAShorterOverlapShortensTheOneThatRuns(t *testing.T) {
	for _, overlap := range []time.Duration{0, time.Minute} {
		t.Run(overlap.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b memoryHistory
				b.restart(t, tokenA)
				b.restart(t, tokenB, withOverlap(time.Hour))
				s := b.restart(t, tokenB, withOverlap(overlap))
				wantAllowed(t, s, overlap > 0, tokenA)
				pass(overlap)
				wantAllowed(t, s, false, tokenA)
			})
		})
	}
}

func TestSource_keepsTheUseOfATokenOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		s := b.restart(t, tokenA)
		stop := run(t, s)
		for range 3 {
			s.Check([]string{tokenA}).Sample("192.0.2.7", "n8n")
		}
		stop()
		b.restart(t, tokenB)
		before := s.Status().Generations[0]
		got := b.restart(t, tokenA).Status().Generations[0]
		before.Since, got.Since = time.Time{}, time.Time{}
		if diff := cmp.Diff(before, got); diff != "" || got.Requests != 3 || got.LastAddress != "192.0.2.7" {
			t.Errorf("use after two restarts %+v (-want +got):\n%s", got, diff)
		}
	})
}

func TestSource_acceptsNothingFromTheHistoryBeforeTheSourceAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		b.restart(t, tokenA, withOverlap(time.Hour))
		provider := new(script)
		provider.fail(token.ErrUnavailable)
		s := b.restart(t, "", withOverlap(time.Hour), func(c *token.Config) { c.Provider = provider })
		stop := run(t, s)
		if v := s.Check([]string{tokenA}); v.Allowed() || v.Available() {
			t.Error("a token of the history is accepted although the source has not answered")
		}
		pass(30 * time.Second)
		b.want(t, "current "+fingerprint(tokenA)+"  digest")
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		wantAllowed(t, s, true, tokenA, tokenB)
		stop()
	})
}

func TestSource_doesNotBringADeletedTokenBackByARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b memoryHistory
		provider := new(script)
		provider.deliverToken(tokenA, "1")
		vault := func(c *token.Config) { c.Provider, c.Overlap = provider, time.Hour }
		s := b.restart(t, "", vault)
		provider.fail(token.ErrRevoked)
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrRevoked) {
			t.Fatal(err)
		}
		b.want(t, "retired "+fingerprint(tokenA)+" ")
		s = b.restart(t, "", vault)
		if v := s.Check([]string{tokenA}); v.Allowed() || !v.Available() {
			t.Error("a deletion is forgotten over a restart")
		}
		provider.deliverToken(tokenB, "2")
		s = b.restart(t, "", vault)
		wantAllowed(t, s, true, tokenB)
		wantAllowed(t, s, false, tokenA)
	})
}

func TestSource_leavesTheHistoryToTheNextRunWhenItCannotStart(t *testing.T) {
	var b memoryHistory
	b.restart(t, tokenA)
	saves := b.count()
	s := token.New(token.Config{Provider: token.NewEnv(secret.New("short")), History: &b})
	if err := s.Start(t.Context()); !errors.Is(err, token.ErrInvalid) {
		t.Fatalf("error %v, want %v", err, token.ErrInvalid)
	}
	if got := b.count(); got != saves {
		t.Error("a start that failed replaced what the last run knew")
	}
}

func TestSource_Start_failsWhenTheHistoryCannotBeRead(t *testing.T) {
	b := memoryHistory{err: errors.New("disk gone")}
	s := token.New(token.Config{Provider: token.NewEnv(secret.New(tokenA)), History: &b})
	if err := s.Start(t.Context()); !errors.Is(err, b.err) || errors.Is(err, token.ErrConfig) {
		t.Errorf("start = %v, want the history's error", err)
	}
}

func TestStatus_holdsNoValue(t *testing.T) {
	var b memoryHistory
	s := b.restart(t, tokenA, withOverlap(time.Hour))
	s.Check([]string{tokenA})
	s.Check([]string{tokenB})
	saved, err := b.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Concat(mustJSON(t, s.Status()), mustJSON(t, saved))
	for _, value := range []string{tokenA, tokenB} {
		if bytes.Contains(out, []byte(value)) {
			t.Errorf("a token is in %s", out)
		}
	}
	for _, g := range s.Status().Generations {
		if !g.Digest.IsZero() {
			t.Errorf("the status holds the digest of the %s token", g.Role)
		}
	}
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
