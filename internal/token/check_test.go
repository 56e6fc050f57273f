package token_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/tokentest"
)

const (
	tokenA = "golden-token-0123456789"
	tokenB = "silver-token-9876543210"
	tokenC = "bronze-token-5647382910"
)

// script is a provider whose next answer the test decides.
type script struct {
	mu      sync.Mutex
	set     token.Set
	err     error
	fetches int
	// hold, when not nil, is received from before each answer.
	hold chan struct{}
}

func (p *script) Fetch(ctx context.Context) (token.Set, error) {
	p.mu.Lock()
	p.fetches++
	hold := p.hold
	p.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return token.Set{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.set, p.err
}

func (p *script) deliver(set token.Set) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set, p.err = set, nil
}

func (p *script) deliverToken(value, version string) {
	p.deliver(token.Set{Token: secret.New(value), Version: version})
}

func (p *script) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set, p.err = token.Set{}, err
}

func (p *script) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

// started returns a source with tokenA in force, its provider and its clock.
func started(t testing.TB, change ...func(*token.Config)) (*token.Source, *script, *tokentest.Clock) {
	t.Helper()
	provider, clock := new(script), tokentest.NewClock(time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC))
	provider.deliverToken(tokenA, "1")
	c := token.Config{Provider: provider, Name: "script", Now: clock.Now}
	for _, f := range change {
		f(&c)
	}
	s := token.New(c)
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s, provider, clock
}

func withOverlap(d time.Duration) func(*token.Config) {
	return func(c *token.Config) { c.Overlap = d }
}

func mustRefresh(t testing.TB, s *token.Source) {
	t.Helper()
	if err := s.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// wantAllowed fails the test unless each of the values is allowed, or refused when allowed is
// false.
func wantAllowed(t testing.TB, s *token.Source, allowed bool, values ...string) {
	t.Helper()
	for _, value := range values {
		if v := s.Check([]string{value}); v.Allowed() != allowed {
			t.Errorf("token %s: allowed = %t (%s), want %t", secret.New(value).Fingerprint(), v.Allowed(),
				v.Reason(), allowed)
		}
	}
}

func TestSource_Check_wantsExactlyOneValueEqualToTheToken(t *testing.T) {
	s, _, _ := started(t)
	for _, tt := range []struct {
		name   string
		values []string
		want   string
	}{
		{"the token", []string{tokenA}, "allowed"},
		{"blanks and tabs around", []string{" \t" + tokenA + "\t "}, "allowed"},
		{"no header", nil, "none"},
		{"empty", []string{""}, "none"},
		{"blank", []string{" \t"}, "none"},
		{"wrong", []string{tokenB}, "wrong"},
		{"prefix", []string{tokenA[:len(tokenA)-1]}, "wrong"},
		{"longer", []string{tokenA + "x"}, "wrong"},
		{"other case", []string{strings.ToUpper(tokenA)}, "wrong"},
		{"quoted", []string{`"` + tokenA + `"`}, "wrong"},
		{"bearer", []string{"Bearer " + tokenA}, "wrong"},
		{"twice right", []string{tokenA, tokenA}, "wrong"},
		{"right and empty", []string{tokenA, ""}, "wrong"},
		{"list", []string{tokenA + "," + tokenA}, "wrong"},
		{"no-break space around", []string{"\u00a0" + tokenA}, "wrong"},
		{"line end around", []string{tokenA + "\n"}, "wrong"},
		{"huge", []string{strings.Repeat(tokenA, 10_000)}, "wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := s.Check(tt.values)
			if v.Reason() != tt.want || v.Allowed() != (tt.want == "allowed") || !v.Available() {
				t.Errorf("got %s, allowed %t, available %t; want %s", v.Reason(), v.Allowed(), v.Available(), tt.want)
			}
		})
	}
	if got, want := s.Status().Refused, (token.Refused{None: 3, Wrong: 12}); got != want {
		t.Errorf("refused = %+v, want %+v", got, want)
	}
}

func TestSource_Check_isUnavailableUntilATokenIsKnown(t *testing.T) {
	provider := new(script)
	provider.fail(token.ErrUnavailable)
	s := token.New(token.Config{Provider: provider})
	check := func(when string) {
		t.Helper()
		if v := s.Check([]string{tokenA}); v.Available() || v.Allowed() {
			t.Errorf("%s: available %t, allowed %t, want neither", when, v.Available(), v.Allowed())
		}
	}
	check("before the start")
	if err := s.Start(t.Context()); err != nil {
		t.Fatalf("start = %v, want nil: the port opens and answers 503", err)
	}
	check("after the start")
	provider.deliverToken(tokenA, "1")
	mustRefresh(t, s)
	wantAllowed(t, s, true, tokenA)
	if got := s.Status().Refused.Unavailable; got != 2 {
		t.Errorf("counted %d as unavailable, want 2", got)
	}
}

func TestSource_Check_zeroVerdictAllowsNothing(t *testing.T) {
	var v token.Verdict
	if v.Allowed() || v.WantsSample() {
		t.Error("the zero verdict allows")
	}
	v.Sample("address", "agent")
}

func TestSource_Check_allocatesNothing(t *testing.T) {
	s, provider, _ := started(t, withOverlap(time.Hour))
	for _, phase := range []string{"strict", "overlap", "deleted"} {
		switch phase {
		case "overlap":
			provider.deliverToken(tokenB, "2")
			mustRefresh(t, s)
		case "deleted":
			provider.fail(token.ErrRevoked)
			if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrRevoked) {
				t.Fatal(err)
			}
		}
		for _, values := range [][]string{{tokenA}, {tokenB}, {tokenC}, {" " + tokenA + " "},
			{strings.Repeat("x", 500)}, {strings.Repeat("x", 50_000)}, {}, {tokenA, tokenB}} {
			if n := testing.AllocsPerRun(200, func() { s.Check(values) }); n != 0 {
				t.Errorf("%s, %d values: %v allocations, want 0", phase, len(values), n)
			}
		}
	}
}

func TestVerdict_samplesOnceASecondPerGeneration(t *testing.T) {
	s, provider, clock := started(t, withOverlap(time.Hour))
	sample := func(value, address string) bool {
		v := s.Check([]string{value})
		want := v.WantsSample()
		v.Sample(address, "n8n\x1b[31m")
		return want
	}
	if !sample(tokenA, "192.0.2.1") || sample(tokenA, "192.0.2.2") {
		t.Error("want a sample of the first request and none of the second")
	}
	provider.deliverToken(tokenB, "2")
	mustRefresh(t, s)
	if !sample(tokenB, "192.0.2.3") {
		t.Error("want a sample of the other generation in the same second")
	}
	clock.Advance(time.Second)
	if !sample(tokenA, "192.0.2.4") {
		t.Error("want a sample one second later")
	}
	clock.Advance(-time.Hour)
	if !sample(tokenA, "192.0.2.5") {
		t.Error("want a sample after the clock was set back")
	}
	if v := s.Check([]string{tokenC}); v.WantsSample() {
		t.Error("a refused request wants a sample")
	}
	uses := s.Status().Generations
	if got, want := uses[1].LastAddress+" "+uses[1].LastUserAgent, "192.0.2.5 n8n?[31m"; got != want ||
		uses[1].Requests != 4 {
		t.Errorf("last client %q with %d requests, want %q with 4", got, uses[1].Requests, want)
	}
}

func BenchmarkSource_Check(b *testing.B) {
	for _, bb := range []struct {
		name    string
		overlap time.Duration
		value   string
	}{
		{"strict", 0, tokenB},
		{"overlap", time.Hour, tokenB},
		{"overlap previous", time.Hour, tokenA},
		{"wrong", 0, tokenC},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s, provider, _ := started(b, withOverlap(bb.overlap), func(c *token.Config) { c.Now = nil })
			provider.deliverToken(tokenB, "2")
			mustRefresh(b, s)
			values := []string{bb.value}
			b.ReportAllocs()
			for b.Loop() {
				s.Check(values)
			}
		})
	}
}
