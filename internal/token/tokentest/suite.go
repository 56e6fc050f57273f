package tokentest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
)

// Harness is one provider, with functions that act as an operator on its source. A nil function
// means that the source cannot do that; the suite omits what needs it. Each function fails the test
// itself, and the next Fetch sees its effect.
type Harness struct {
	Provider token.Provider
	// Put writes value unchanged to where the provider reads it.
	Put func(t *testing.T, value string)
	// Remove removes the value in a way that is not a revocation.
	Remove func(t *testing.T)
	// Delete deletes the token so that the source reports it; Restore undoes that.
	Delete, Restore func(t *testing.T)
	// Break causes a temporary failure of the source; Repair undoes that.
	Break, Repair func(t *testing.T)
	// Versions means that the source has versions.
	Versions bool
}

// The tokens that the suite puts into a source.
const (
	First  = "3f786850e387550fdab836ed7e6dc881de23001b"
	Second = "89e6c98d92887913cadf06b2adb97f26cde4849b"
)

// Run checks that a provider fulfils the contract of [token.Provider]. open returns a source that
// contains value, unchanged, and its provider; it is called for each part of the suite and cleans
// up with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T, value string) Harness) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, func(*testing.T, string) Harness)
	}{
		{"delivers the token", delivers},
		{"trims what surrounds the token", trims},
		{"refuses a bad value without repeating it", refuses},
		{"sees a new value at the next fetch", seesNewValue},
		{"takes what is gone for unknown and not for revoked", keepsRemovedApart},
		{"tells a deletion", tellsDeletion},
		{"tells a failure that passes", tellsFailure},
		{"returns when the context ends", heedsContext},
		{"serves concurrent fetches", servesConcurrently},
		{"feeds a source through rotations and failures", feedsSource},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, open) })
	}
}

func delivers(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	set := mustFetch(t, h, First)
	if h.Versions && set.Version == "" {
		t.Error("the set has no version")
	}
	for _, printed := range []string{fmt.Sprint(set), fmt.Sprintf("%+v", set), fmt.Sprintf("%#v", set)} {
		if strings.Contains(printed, First) {
			t.Errorf("the set prints its token: %s", printed)
		}
	}
	if again := mustFetch(t, h, First); again.Version != set.Version || !again.Created.Equal(set.Created) {
		t.Errorf("a second fetch of the same content: version %q of %s, want %q of %s", again.Version, again.Created,
			set.Version, set.Created)
	}
}

func trims(t *testing.T, open func(*testing.T, string) Harness) {
	mustFetch(t, open(t, " \t"+First+"\r\n"), First)
}

func refuses(t *testing.T, open func(*testing.T, string) Harness) {
	for _, value := range []string{" ", "too-short", "changeme", "your_api_token_here", "3f786850e387 550fdab836ed",
		"3f786850e387550fdab836éd"} {
		_, err := open(t, value).Provider.Fetch(t.Context())
		wantError(t, err, token.ErrInvalid)
		if strings.TrimSpace(value) != "" && strings.Contains(fmt.Sprint(err), value) {
			t.Errorf("the error repeats the value: %v", err)
		}
	}
}

func seesNewValue(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	if h.Put == nil {
		t.Skip("the source is fixed")
	}
	before := mustFetch(t, h, First)
	h.Put(t, Second)
	after := mustFetch(t, h, Second)
	if h.Versions && after.Version == before.Version {
		t.Errorf("two values under one version %q", after.Version)
	}
	h.Put(t, "changeme")
	_, err := h.Provider.Fetch(t.Context())
	wantError(t, err, token.ErrInvalid)
	h.Put(t, First)
	mustFetch(t, h, First)
}

func keepsRemovedApart(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	if h.Remove == nil || h.Put == nil {
		t.Skip("the value cannot disappear")
	}
	h.Remove(t)
	_, err := h.Provider.Fetch(t.Context())
	if err == nil || errors.Is(err, token.ErrRevoked) {
		t.Errorf("fetch after the value is gone: %v, want an error that is no revocation", err)
	}
	h.Put(t, Second)
	mustFetch(t, h, Second)
}

func tellsDeletion(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	if h.Delete == nil {
		t.Skip("the source knows no deletion")
	}
	mustFetch(t, h, First)
	h.Delete(t)
	for range 2 {
		_, err := h.Provider.Fetch(t.Context())
		wantError(t, err, token.ErrRevoked)
	}
	h.Restore(t)
	mustFetch(t, h, First)
}

func tellsFailure(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	if h.Break == nil {
		t.Skip("the source cannot fail")
	}
	mustFetch(t, h, First)
	h.Break(t)
	_, err := h.Provider.Fetch(t.Context())
	wantError(t, err, token.ErrUnavailable)
	h.Repair(t)
	mustFetch(t, h, First)
}

func heedsContext(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	if _, err := h.Provider.Fetch(ctx); err != nil {
		wantError(t, err, token.ErrUnavailable)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("a fetch with an ended context took %s", took)
	}
}

func servesConcurrently(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				set, err := h.Provider.Fetch(t.Context())
				if err == nil && set.Token.IsZero() {
					t.Error("a set without a token and no error")
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func feedsSource(t *testing.T, open func(*testing.T, string) Harness) {
	h := open(t, First)
	s := token.New(token.Config{Provider: h.Provider, Name: "suite"})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantInForce(t, s, First)
	if h.Put != nil {
		h.Put(t, "changeme")
		wantError(t, s.Refresh(t.Context()), token.ErrInvalid)
		wantInForce(t, s, First)
		h.Put(t, Second)
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantInForce(t, s, Second)
	}
	if h.Remove != nil {
		inForce := s.Status().Fingerprint
		h.Remove(t)
		if err := s.Refresh(t.Context()); err == nil || s.Status().State != token.Degraded ||
			s.Status().Fingerprint != inForce {
			t.Errorf("after the value is gone: error %v, status %+v, want the last good token, degraded",
				err, s.Status())
		}
	}
}

func mustFetch(t *testing.T, h Harness, want string) token.Set {
	t.Helper()
	set, err := h.Provider.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !set.Token.Equal(secret.New(want)) {
		t.Fatalf("got token %s, want %s", set.Token.Fingerprint(), secret.New(want).Fingerprint())
	}
	return set
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want one that wraps %q", err, want)
	}
	for _, secret := range []string{First, Second} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a token: %v", err)
		}
	}
}

func wantInForce(t *testing.T, s *token.Source, want string) {
	t.Helper()
	for _, value := range []string{First, Second} {
		if got := s.Check([]string{value}).Allowed(); got != (value == want) {
			t.Errorf("token %s: allowed = %t", secret.New(value).Fingerprint(), got)
		}
	}
}
