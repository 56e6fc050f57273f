package v1_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	v1 "namets/internal/api/v1"
	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// realTokens makes the site check a shared token and named ones as a service does, and creates a
// named one with the scopes, whose value it returns through named.
func realTokens(tb testing.TB, shared string, named *string, scopes ...namets.Scope) func(*v1.Config, *sqlite.DB) {
	return func(c *v1.Config, db *sqlite.DB) {
		source := token.New(token.Config{Provider: token.NewEnv(secret.New(shared)), Name: "env"})
		if err := source.Start(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		tokens := auth.NewNamedTokens(db, c.Now)
		value, err := tokens.Create(tb.Context(), namets.Actor{Kind: namets.System},
			namets.APIToken{Name: "Calendar", Scopes: scopes})
		if err != nil {
			tb.Fatal(err)
		}
		*named = value.Reveal()
		c.Callers = auth.NewCallers(auth.NewAPIToken(source), tokens, time.Now)
	}
}

// TestWrites_nameTheToken checks that the audit says which token has made a change.
func TestWrites_nameTheToken(t *testing.T) {
	const shared = "shared-token-0123456789"
	var named string
	s := newSite(t, realTokens(t, shared, &named, namets.ScopeContentWrite))
	for i, tt := range []struct{ value, name, by string }{{named, "Youth", "Calendar"}, {shared, "Lessons", "shared"}} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/categories", strings.NewReader(`{"name": "`+tt.name+`"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-N8N-Token", tt.value)
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, r)
		if answer.Code != http.StatusCreated {
			t.Fatalf("%d: %s", answer.Code, answer.Body)
		}
		list, err := s.db.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindEventCategories})
		if err != nil {
			t.Fatal(err)
		}
		want := namets.Actor{Kind: namets.Program, Name: tt.by, Address: "192.0.2.1"}
		if len(list) != i+1 || list[0].By != want {
			t.Errorf("the audit is %+v", list)
		}
	}
}

// BenchmarkRead_byToken reads a list with each kind of token.
func BenchmarkRead_byToken(b *testing.B) {
	const shared = "shared-token-0123456789"
	var named string
	s := newSite(b, realTokens(b, shared, &named, namets.ScopeContentRead))
	for name, value := range map[string]string{"shared": shared, "named": named} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "/api/v1/categories", http.NoBody)
				r.Header.Set("X-N8N-Token", value)
				answer := httptest.NewRecorder()
				s.ServeHTTP(answer, r)
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Code)
				}
			}
		})
	}
}
