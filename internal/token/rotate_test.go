package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"namets/internal/secret"
	"namets/internal/token"
)

// fingerprint is short for a table of expectations.
func fingerprint(value string) string { return secret.New(value).Fingerprint() }

// changes collects what a source tells.
type changes struct {
	mu  sync.Mutex
	got []token.Change
}

func (c *changes) config(tc *token.Config) {
	tc.OnChange = func(change token.Change) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got = append(c.got, change)
	}
}

func (c *changes) want(t testing.TB, want ...token.Change) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if diff := cmp.Diff(want, c.got, cmpopts.IgnoreFields(token.Change{}, "At", "Source", "Reason")); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for _, change := range c.got {
		if change.At.IsZero() || change.Source == "" || change.Reason == "" {
			t.Errorf("a change without time, source or reason: %+v", change)
		}
	}
}

func TestSource_refusesTheOldTokenAtOnceWithoutOverlap(t *testing.T) {
	var seen changes
	s, provider, _ := started(t, seen.config)
	provider.deliverToken(tokenB, "2")
	mustRefresh(t, s)
	wantAllowed(t, s, true, tokenB)
	wantAllowed(t, s, false, tokenA)
	if got := s.Check([]string{tokenA}).Reason(); got != "expired" {
		t.Errorf("the old token is refused as %q, want expired", got)
	}
	seen.want(t,
		token.Change{Kind: token.Loaded, Version: "1", Fingerprint: fingerprint(tokenA)},
		token.Change{Kind: token.Rotated, Version: "2", Fingerprint: fingerprint(tokenB),
			Previous: fingerprint(tokenA)})
	st := s.Status()
	if st.Refused.Expired != 2 || st.Generations[1].RefusedSince != 2 || st.Generations[1].Role != token.Retired {
		t.Errorf("the use of the old token is not counted: %+v", st)
	}
}

func TestSource_acceptsBothTokensUntilTheOverlapEnds(t *testing.T) {
	s, provider, clock := started(t, withOverlap(10*time.Minute))
	end := clock.Now().Add(10 * time.Minute)
	provider.deliverToken(tokenB, "2")
	mustRefresh(t, s)
	clock.Advance(10*time.Minute - time.Nanosecond)
	wantAllowed(t, s, true, tokenA, tokenB)
	if got := s.Status().OverlapEnd; !got.Equal(end) {
		t.Errorf("overlap ends at %s, want %s", got, end)
	}
	clock.Advance(time.Nanosecond)
	wantAllowed(t, s, true, tokenB)
	wantAllowed(t, s, false, tokenA)
	if st := s.Status(); !st.OverlapEnd.IsZero() || st.Generations[1].Role != token.Retired {
		t.Errorf("after its end the overlap still shows: %+v", st)
	}
}

func TestSource_acceptsAtMostTwoGenerations(t *testing.T) {
	s, provider, _ := started(t, withOverlap(time.Hour))
	for _, value := range []string{tokenB, tokenC} {
		provider.deliverToken(value, value[:1])
		mustRefresh(t, s)
	}
	wantAllowed(t, s, true, tokenB, tokenC)
	wantAllowed(t, s, false, tokenA)
}

func TestSource_rotatesBackAndKeepsTheCount(t *testing.T) {
	s, provider, _ := started(t, withOverlap(time.Hour))
	wantAllowed(t, s, true, tokenA)
	for _, value := range []string{tokenB, tokenA, tokenB, tokenC, tokenA} {
		provider.deliverToken(value, "")
		mustRefresh(t, s)
		wantAllowed(t, s, true, value)
	}
	var got []string
	for _, g := range s.Status().Generations {
		got = append(got, g.Fingerprint+" "+string(g.Role)+" "+strings.Repeat("I", int(g.Requests)))
	}
	want := []string{fingerprint(tokenA) + " current III", fingerprint(tokenC) + " previous I", fingerprint(tokenB) +
		" retired II"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("generations (-want +got):\n%s", diff)
	}
}

func TestSource_remembersABoundedNumberOfOldTokens(t *testing.T) {
	s, provider, _ := started(t)
	for i := range 30 {
		provider.deliver(token.Set{Token: token.Generate(), Version: string(rune('a' + i%26))})
		mustRefresh(t, s)
	}
	if got := len(s.Status().Generations); got != 9 {
		t.Errorf("%d generations are remembered, want the current one and 8", got)
	}
}

func TestSource_revokePreviousEndsTheOverlapAtOnce(t *testing.T) {
	t.Run("later", func(t *testing.T) {
		var seen changes
		s, provider, _ := started(t, withOverlap(time.Hour), seen.config)
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		wantAllowed(t, s, true, tokenA)
		provider.deliver(token.Set{Token: secret.New(tokenB), Version: "3", RevokePrevious: true})
		for range 2 {
			mustRefresh(t, s)
			wantAllowed(t, s, false, tokenA)
			wantAllowed(t, s, true, tokenB)
		}
		seen.want(t,
			token.Change{Kind: token.Loaded, Version: "1", Fingerprint: fingerprint(tokenA)},
			token.Change{Kind: token.Rotated, Version: "2", Fingerprint: fingerprint(tokenB),
				Previous: fingerprint(tokenA), AcceptedUntil: time.Date(2026, 3, 1, 10, 30, 0, 0, time.UTC)},
			token.Change{Kind: token.PreviousRevoked, Version: "3", Fingerprint: fingerprint(tokenB),
				Previous: fingerprint(tokenA)})
	})
	t.Run("with the new token", func(t *testing.T) {
		s, provider, _ := started(t, withOverlap(time.Hour))
		provider.deliver(token.Set{Token: secret.New(tokenB), RevokePrevious: true})
		mustRefresh(t, s)
		wantAllowed(t, s, false, tokenA)
		provider.deliverToken(tokenC, "3")
		mustRefresh(t, s)
		wantAllowed(t, s, true, tokenB, tokenC)
	})
}

func TestSource_takesTheSameTokenUnderAnotherVersionForNoRotation(t *testing.T) {
	var seen changes
	s, provider, _ := started(t, withOverlap(time.Hour), seen.config)
	provider.deliverToken(tokenA, "7")
	mustRefresh(t, s)
	if st := s.Status(); st.Version != "7" || len(st.Generations) != 1 {
		t.Errorf("got %+v, want version 7 and one generation", st)
	}
	if len(seen.got) != 1 {
		t.Errorf("told %+v, want the first load only", seen.got)
	}
}

func TestSource_keepsLastGoodSetOnError(t *testing.T) {
	for _, problem := range []error{token.ErrUnavailable, token.ErrInvalid, token.ErrConfig,
		errors.New("without a sentinel")} {
		t.Run(problem.Error(), func(t *testing.T) {
			s, provider, clock := started(t)
			loaded := clock.Now()
			clock.Advance(time.Minute)
			provider.fail(problem)
			if err := s.Refresh(t.Context()); !errors.Is(err, problem) {
				t.Errorf("refresh = %v, want %v", err, problem)
			}
			wantAllowed(t, s, true, tokenA)
			st := s.Status()
			if st.State != token.Degraded || st.LastError == "" || !st.LastSuccess.Equal(loaded) ||
				!st.LastAttempt.Equal(clock.Now()) {
				t.Errorf("status does not show the failure: %+v", st)
			}
			provider.deliverToken(tokenB, "2")
			mustRefresh(t, s)
			wantAllowed(t, s, true, tokenB)
			if st := s.Status(); st.State != token.OK || st.LastError != "" {
				t.Errorf("status does not show the recovery: %+v", st)
			}
		})
	}
}

func TestSource_refusesABadSetOfACarelessProvider(t *testing.T) {
	s, provider, _ := started(t)
	for _, set := range []token.Set{
		{},
		{Token: secret.New("changemechangeme")},
		{Token: secret.New(tokenB), SigningSecret: secret.New("whsec_~")},
	} {
		provider.deliver(set)
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("got %v, want ErrInvalid", err)
		}
		wantAllowed(t, s, true, tokenA)
		wantAllowed(t, s, false, tokenB, "")
	}
}

type crashing struct{}

func (crashing) Fetch(context.Context) (token.Set, error) { panic("value " + tokenA) }

func TestSource_survivesAProviderThatPanics(t *testing.T) {
	s := token.New(token.Config{Provider: crashing{}})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrUnavailable) || strings.Contains(err.Error(), tokenA) {
		t.Errorf("got %v, want ErrUnavailable without the value", err)
	}
}

func TestSource_refusesEverybodyOnceADeletionIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen changes
		s, provider, _ := started(t, withOverlap(time.Hour), seen.config)
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		provider.fail(token.ErrRevoked)
		began := time.Now()
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrRevoked) {
			t.Errorf("refresh = %v, want ErrRevoked", err)
		}
		if took := time.Since(began); took != time.Second || provider.count() != 4 {
			t.Errorf("%d fetches in %s, want the deletion confirmed by a second read after 1 s", provider.count(), took)
		}
		wantAllowed(t, s, false, tokenA, tokenB)
		for _, value := range []string{tokenA, tokenB} {
			if v := s.Check([]string{value}); !v.Available() || v.Reason() != "expired" {
				t.Errorf("refused as %q, available %t; want expired and 403", v.Reason(), v.Available())
			}
		}
		if st := s.Status(); st.State != token.Revoked || st.Fingerprint != "" {
			t.Errorf("status = %+v, want revoked and no token in force", st)
		}
		began = time.Now()
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrRevoked) || time.Since(began) != 0 {
			t.Errorf("once revoked: %v after %s, want ErrRevoked at once", err, time.Since(began))
		}
		provider.fail(token.ErrUnavailable)
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrUnavailable) || s.Status().State != token.Revoked {
			t.Errorf("a failure while revoked: %v, state %s", err, s.Status().State)
		}
		wantAllowed(t, s, false, tokenB)

		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		wantAllowed(t, s, true, tokenB)
		wantAllowed(t, s, false, tokenA)
		seen.want(t,
			token.Change{Kind: token.Loaded, Version: "1", Fingerprint: fingerprint(tokenA)},
			token.Change{Kind: token.Rotated, Version: "2", Fingerprint: fingerprint(tokenB),
				Previous: fingerprint(tokenA), AcceptedUntil: time.Date(2026, 3, 1, 10, 30, 0, 0, time.UTC)},
			token.Change{Kind: token.Deleted, Version: "2", Fingerprint: fingerprint(tokenB)},
			token.Change{Kind: token.Restored, Version: "2", Fingerprint: fingerprint(tokenB)})
	})
}

func TestSource_givesADeletedTokenNoOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, provider, _ := started(t, withOverlap(time.Hour))
		provider.fail(token.ErrRevoked)
		if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrRevoked) {
			t.Fatal(err)
		}
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		wantAllowed(t, s, true, tokenB)
		wantAllowed(t, s, false, tokenA)
	})
}

func TestSource_doesNotBelieveADeletionThatIsNotConfirmed(t *testing.T) {
	for _, second := range []string{"good", "unavailable"} {
		t.Run(second, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, provider, _ := started(t)
				provider.fail(token.ErrRevoked)
				time.AfterFunc(500*time.Millisecond, func() {
					if second == "good" {
						provider.deliverToken(tokenB, "2")
					} else {
						provider.fail(token.ErrUnavailable)
					}
				})
				err := s.Refresh(t.Context())
				if second == "good" {
					if err != nil {
						t.Error(err)
					}
					wantAllowed(t, s, true, tokenB)
					return
				}
				if !errors.Is(err, token.ErrUnavailable) || s.Status().State != token.Degraded {
					t.Errorf("got %v and state %s, want unavailable and degraded", err, s.Status().State)
				}
				wantAllowed(t, s, true, tokenA)
			})
		})
	}
}

func TestSource_keepsBothSigningKeysDuringAnOverlap(t *testing.T) {
	var seen changes
	s, provider, clock := started(t, withOverlap(10*time.Minute), seen.config)
	deliver := func(signing string, revoke bool) {
		t.Helper()
		provider.deliver(token.Set{Token: secret.New(tokenA), Version: "1",
			SigningSecret: secret.New(signing), RevokePrevious: revoke})
		mustRefresh(t, s)
	}
	want := func(when string, keys ...string) {
		t.Helper()
		var got []string
		for _, key := range s.SigningKeys() {
			got = append(got, key.Reveal())
		}
		if diff := cmp.Diff(keys, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	want("none")
	deliver("key one", false)
	want("first", "key one")
	deliver("key two", false)
	deliver("key two", false)
	want("overlap", "key two", "key one")
	clock.Advance(10 * time.Minute)
	want("overlap over", "key two")
	deliver("key three", false)
	deliver("key three", true)
	want("previous revoked", "key three")
	deliver("", false)
	want("removed")
	seen.want(t,
		token.Change{Kind: token.Loaded, Version: "1", Fingerprint: fingerprint(tokenA)},
		token.Change{Kind: token.SigningChanged, Version: "1", Fingerprint: fingerprint("key one")},
		token.Change{Kind: token.SigningChanged, Version: "1", Fingerprint: fingerprint("key two")},
		token.Change{Kind: token.SigningChanged, Version: "1", Fingerprint: fingerprint("key three")},
		token.Change{Kind: token.SigningChanged, Version: "1"})
}

func TestSource_logsEachChangeOfStateOnceAndNeverAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, provider, _ := started(t, withOverlap(time.Hour), func(c *token.Config) {
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		again := func() {
			for range 5 {
				_ = s.Refresh(t.Context()) // what it logs is looked at below
			}
		}
		again()
		provider.fail(token.ErrUnavailable)
		again()
		provider.fail(fmt.Errorf("%w: another reason, which is not told apart", token.ErrUnavailable))
		again()
		provider.fail(token.ErrInvalid)
		again()
		provider.fail(fmt.Errorf("%w: another reason", token.ErrInvalid))
		again()
		provider.deliverToken(tokenB, "2")
		again()
		provider.fail(token.ErrRevoked)
		again()
		provider.deliverToken(tokenB, "2")
		again()
		var got []string
		for line := range strings.Lines(log.String()) {
			_, rest, _ := strings.Cut(line, "level=")
			got = append(got, strings.TrimSpace(rest))
		}
		a, b := fingerprint(tokenA), fingerprint(tokenB)
		want := []string{
			`INFO msg="token changed" change=loaded source=script version=1 fingerprint=` + a,
			`WARN msg="token source fails: the last good token stays in force" source=script error="token ` +
				`source unavailable"`,
			`ERROR msg="token source fails: the last good token stays in force" source=script error="token refused"`,
			`ERROR msg="token source fails: the last good token stays in force" source=script error="token refused: ` +
				`another reason"`,
			`INFO msg="token changed" change=rotated source=script version=2 fingerprint=` + b + ` previous=` + a +
				` previous_accepted_until=2026-03-01T10:30:00.000Z`,
			`INFO msg="token source works again" source=script version=2`,
			`ERROR msg="token deleted at its source: every request is refused until it is back" source=script ` +
				`error="token deleted at its source"`,
			`INFO msg="token changed" change=restored source=script version=2 fingerprint=` + b,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}
