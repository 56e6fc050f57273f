package token_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"namets/internal/secret"
	"namets/internal/token"
)

// lookalike is what the rules refuse and a header can carry.
const lookalike = "secret/data/namets/production"

// remembered is a history of an earlier run in which value was in force, as one of today's rules
// would not make it.
func remembered(t *testing.T, value string) *memoryHistory {
	t.Helper()
	b := new(memoryHistory)
	b.restart(t, tokenA)
	saved, err := b.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	digest := secret.DigestOf(value)
	saved[0].Fingerprint, saved[0].Digest = digest.Fingerprint(), digest
	if err := b.Save(t.Context(), token.Status{Generations: saved}); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSource_keepsATokenThatItKnowsAndWarns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(lookalike+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, provider := range map[string]token.Provider{
		"env": token.NewEnv(secret.New(lookalike)), "file": token.NewFile(file),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				logged := func(c *token.Config) {
					c.Provider, c.Log, c.Name = provider, slog.New(slog.NewTextHandler(&log, nil)), name
				}
				s := remembered(t, lookalike).restart(t, "", logged)
				wantAllowed(t, s, true, lookalike)
				mustRefresh(t, s)
				st := s.Status()
				if st.State != token.OK || !strings.Contains(st.Doubt, "path") || st.LastError != "" {
					t.Errorf("status %+v", st)
				}
				if n := strings.Count(log.String(), "level=WARN"); n != 1 ||
					strings.Contains(log.String()+fmt.Sprint(st), lookalike) {
					t.Errorf("%d warnings in:\n%s", n, &log)
				}
				if name == "file" && st.Version == "" {
					t.Error("what the provider delivers with the token is lost")
				}
			})
		})
	}
}

func TestSource_refusesALookalikeThatItDoesNotKnow(t *testing.T) {
	for _, b := range []*memoryHistory{new(memoryHistory), remembered(t, lookalike+"2"), nil} {
		c := token.Config{Provider: token.NewEnv(secret.New(lookalike))}
		if b != nil {
			c.History = b
		}
		s := token.New(c)
		if err := s.Start(t.Context()); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("start = %v, want ErrInvalid", err)
		}
		if s.Check([]string{lookalike}).Allowed() {
			t.Error("it is accepted all the same")
		}
	}
}

func TestSource_forgetsTheDoubtWithTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider := new(script)
		provider.deliverToken(lookalike, "1")
		s := remembered(t, lookalike).restart(t, "", func(c *token.Config) { c.Provider = provider })
		wantAllowed(t, s, true, lookalike)
		if s.Status().Doubt == "" {
			t.Error("no doubt about a lookalike")
		}
		provider.deliverToken(tokenB, "2")
		mustRefresh(t, s)
		wantAllowed(t, s, true, tokenB)
		wantAllowed(t, s, false, lookalike)
		if doubt := s.Status().Doubt; doubt != "" {
			t.Errorf("doubt about another token: %s", doubt)
		}
	})
}

func TestKnown_hasWhatWasInForce(t *testing.T) {
	known := token.Known{
		secret.New(tokenA).Fingerprint(): secret.DigestOf(tokenA),
		secret.New(tokenB).Fingerprint(): {},
		secret.New(tokenC).Fingerprint(): secret.DigestOf(tokenA), // no token has this fingerprint and that digest
	}
	for value, want := range map[string]bool{tokenA: true, tokenB: true, tokenC: false, lookalike: false, "": false} {
		if got := known.Has(secret.New(value)); got != want {
			t.Errorf("%q: %t, want %t", value, got, want)
		}
	}
	if (token.Known)(nil).Has(secret.New(tokenA)) {
		t.Error("nothing is known, and it is among it")
	}
}
