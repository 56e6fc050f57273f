package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
)

// callers are named tokens in a database, with a check of them and of the shared token.
type callers struct {
	*auth.Callers
	named *auth.NamedTokens
	db    *sqlite.DB
	at    atomic.Int64 // the current time in nanoseconds since 1970
}

func newCallers(tb testing.TB, p token.Provider) *callers {
	tb.Helper()
	c := new(callers)
	c.at.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	c.db = sqlitetest.Open(tb, sqlite.Config{Now: c.now})
	c.named = auth.NewNamedTokens(c.db, c.now)
	shared, _ := newCheck(tb, p)
	c.Callers = auth.NewCallers(shared, c.named, c.now)
	return c
}

func (c *callers) now() time.Time { return time.Unix(0, c.at.Load()).UTC() }

// create returns the value of a new token, with the end.
func (c *callers) create(tb testing.TB, name string, expires *time.Time, scopes ...namets.Scope) string {
	tb.Helper()
	value, err := c.named.Create(tb.Context(), owner(), namets.APIToken{Name: name, Scopes: scopes, ExpiresAt: expires})
	if err != nil {
		tb.Fatal(err)
	}
	return value.Reveal()
}

// id returns the id of the token with the name.
func (c *callers) id(t *testing.T, name string) int64 {
	t.Helper()
	found, err := c.db.APITokenByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return found.ID
}

// wantCaller checks who has sent the values; a name is that of a token.
func (c *callers) wantCaller(t *testing.T, when, name string, values ...string) {
	t.Helper()
	got, err := c.Check(request(values...))
	if err != nil || got.Name != name {
		t.Errorf("%s: got %+v, %v; want %s", when, got, err, name)
	}
}

// wantRefused checks that the values are refused with the error.
func (c *callers) wantRefused(t *testing.T, when string, want error, values ...string) {
	t.Helper()
	got, err := c.Check(request(values...))
	if !errors.Is(err, want) || got.TokenID != 0 || got.Name != "" || got.Scopes != nil {
		t.Errorf("%s: got %+v, %v; want %v", when, got, err, want)
	}
}

func owner() namets.Actor { return namets.Actor{Kind: namets.SignedIn, Name: "admin"} }

func good() token.Provider { return token.NewEnv(secret.New(goodToken)) }

func TestCallers_haveTheRightsOfTheirTokens(t *testing.T) {
	c := newCallers(t, good())
	value := c.create(t, "Calendar", nil, namets.ScopeContentRead, namets.ScopeHooks)
	got, err := c.Check(request("\t" + value + " "))
	if err != nil || got.Name != "Calendar" || got.TokenID == 0 || got.Shared() || !got.May(namets.ScopeHooks) ||
		got.May(namets.ScopePeopleRead) {
		t.Errorf("got %+v, %v", got, err)
	}
	want := namets.Actor{Kind: namets.Program, Name: "Calendar", Address: "192.0.2.1"}
	if by := got.Actor("192.0.2.1"); by != want {
		t.Errorf("changes are made by %+v", by)
	}
	got, err = c.Check(request(goodToken))
	if err != nil || !got.Shared() || got.Name != "shared" || len(got.Scopes) != len(namets.AllScopes()) {
		t.Errorf("the shared token: %+v, %v", got, err)
	}
	if err := c.db.LetSharedTokenWrite(t.Context(), owner(), false); err != nil {
		t.Fatal(err)
	}
	got, err = c.Check(request(goodToken))
	if err != nil || !got.May(namets.ScopePeopleRead) || got.May(namets.ScopePeopleWrite) {
		t.Errorf("the shared token, when it may only read: %+v, %v", got, err)
	}
}

func TestCallers_sendOneKnownValue(t *testing.T) {
	c := newCallers(t, good())
	value := c.create(t, "n8n", nil, namets.ScopeChanges)
	for _, values := range [][]string{
		nil, {""}, {"nmt_"}, {value[:len(value)-1]}, {value + "A"}, {value[4:]}, {"NMT_" + value[4:]},
		{value, value}, {value, goodToken}, {"Bearer " + value}, {value + "," + value}, {`"` + value + `"`},
		{value[:10] + "\x00" + value[11:]}, {"wrong"}, {"\u00a0" + value},
	} {
		c.wantRefused(t, "a wrong value", auth.ErrTokenRefused, values...)
	}
	c.wantCaller(t, "the right value", "n8n", value)
}

func TestCallers_areRefusedAtOnceWhenTheirTokenEnds(t *testing.T) {
	c := newCallers(t, good())
	revoked, replaced := c.create(t, "revoked", nil, namets.ScopeSend), c.create(t, "replaced", nil, namets.ScopeSend)
	end := c.now().Add(time.Hour)
	expires := c.create(t, "expires", &end, namets.ScopeSend)
	c.wantCaller(t, "before", "revoked", revoked)
	c.wantCaller(t, "before", "replaced", replaced)
	c.wantCaller(t, "before", "expires", expires)
	before := c.id(t, "replaced")
	if err := c.db.RevokeAPIToken(t.Context(), owner(), c.id(t, "revoked")); err != nil {
		t.Fatal(err)
	}
	value, err := c.named.Replace(t.Context(), owner(), before)
	if err != nil {
		t.Fatal(err)
	}
	c.at.Store(end.UnixNano())
	c.wantRefused(t, "revoked", auth.ErrTokenRefused, revoked)
	c.wantRefused(t, "replaced", auth.ErrTokenRefused, replaced)
	c.wantRefused(t, "expired", auth.ErrTokenRefused, expires)
	c.wantCaller(t, "the new value", "replaced", value.Reveal())
	if got, _ := c.Check(request(value.Reveal())); got.TokenID != before {
		t.Errorf("the replaced token has the id %d, want %d", got.TokenID, before)
	}
}

func TestCallers_withNamedTokensNeedNoSharedOne(t *testing.T) {
	p := &provider{err: token.ErrUnavailable}
	c := newCallers(t, p)
	value := c.create(t, "n8n", nil, namets.ScopeChanges)
	c.wantCaller(t, "while the shared token is not known", "n8n", value)
	c.wantRefused(t, "another one meanwhile", auth.ErrTokenUnknown, goodToken)
	c.wantRefused(t, "a wrong named one meanwhile", auth.ErrTokenUnknown, value[:10]+"AAAA"+value[14:])
}

func TestAPIToken_isNoNamedToken(t *testing.T) {
	c := newCallers(t, good())
	value := c.create(t, "n8n", nil, namets.AllScopes()...)
	shared, _ := newCheck(t, good())
	if err := shared.Check(request(value)); !errors.Is(err, auth.ErrTokenRefused) {
		t.Errorf("the six paths accept a named token: %v", err)
	}
}

func TestCallers_closedDatabaseIsNoRefusal(t *testing.T) {
	c := newCallers(t, good())
	value := c.create(t, "n8n", nil, namets.ScopeChanges)
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(request(value)); err == nil || errors.Is(err, auth.ErrTokenRefused) {
		t.Errorf("got %v", err)
	}
}

func TestNamedTokens_areCountedAndWrittenOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCallers(t, good())
		value := c.create(t, "n8n", nil, namets.ScopeChanges)
		end := c.now().Add(30 * time.Second)
		c.create(t, "old", &end, namets.ScopeChanges)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.named.Run(ctx, slog.New(slog.DiscardHandler)) }()
		use := func() {
			from := request(value)
			from.Request().RemoteAddr = "192.0.2.7:4711"
			from.Request().Header.Set("User-Agent", "n8n "+value)
			if _, err := c.Check(from); err != nil {
				t.Fatal(err)
			}
		}
		use()
		use()
		c.at.Add(int64(time.Minute))
		wantUses := func(when string, stored, shown int64) {
			t.Helper()
			synctest.Wait()
			got, err := c.db.APITokenByName(t.Context(), "n8n")
			list, listErr := c.named.Tokens(t.Context())
			if err != nil || listErr != nil || got.Used.Count != stored || list[0].Used.Count != shown {
				t.Errorf("%s: %d stored, %d shown, want %d and %d (%v, %v)", when, got.Used.Count, list[0].Used.Count,
					stored, shown, err, listErr)
			}
		}
		wantUses("at first", 0, 2)
		time.Sleep(61 * time.Second)
		wantUses("after a minute", 2, 2)
		if _, err := c.db.APITokenByName(t.Context(), "old"); namets.CodeOf(err) != namets.NotFound {
			t.Errorf("the expired token has not ended: %v", err)
		}
		use()
		wantUses("after another use", 2, 3)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		wantUses("at the end", 3, 3)
		got, _ := c.db.APITokenByName(t.Context(), "n8n")
		if got.Used.Address != "192.0.2.7" || got.Used.UserAgent != "n8n [secret]" || !got.Used.Last.Equal(c.now()) {
			t.Errorf("the last use is %+v", got.Used)
		}
	})
}

func TestCallers_Check_allocatesNothing(t *testing.T) {
	c := newCallers(t, good())
	value := c.create(t, "n8n", nil, namets.ScopeChanges)
	for name, ec := range map[string]echo.Context{"shared": request(goodToken), "named": request(value),
		"wrong": request("wrong"), "none": request()} {
		c.Check(ec) // the first use is sampled
		if n := testing.AllocsPerRun(1000, func() { c.Check(ec) }); n >= 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkCallers_Check(b *testing.B) {
	c := newCallers(b, good())
	for name, value := range map[string]string{"shared": goodToken,
		"named": c.create(b, "n8n", nil, namets.ScopeChanges)} {
		b.Run(name, func(b *testing.B) {
			ec := request(value)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Check(ec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
