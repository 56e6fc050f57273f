package auth_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/secret"
	"namets/internal/token"
)

const goodToken = "golden-token-0123456789"

// provider delivers what it is told to.
type provider struct {
	value string
	err   error
}

func (p *provider) Fetch(context.Context) (token.Set, error) {
	return token.Set{Token: secret.New(p.value)}, p.err
}

func newCheck(tb testing.TB, p token.Provider) (*auth.APIToken, *token.Source) {
	tb.Helper()
	source := token.New(token.Config{Provider: p, Name: "test"})
	if err := source.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return auth.NewAPIToken(source), source
}

// request returns a request with the header's values, and with other places in which a token might
// be sought.
func request(values ...string) echo.Context {
	r := httptest.NewRequest("GET", "/api/subscribers/?token="+goodToken+"&X-N8N-Token="+goodToken, nil)
	r.Header.Set("Authorization", "Bearer "+goodToken)
	r.Header.Set("Cookie", "X-N8N-Token="+goodToken)
	r.Header["X_N8N_Token"] = []string{goodToken}
	r.Header["X-N8n-Api-Key"] = []string{goodToken}
	for _, v := range values {
		r.Header.Add("X-N8N-Token", v)
	}
	return echo.New().NewContext(r, httptest.NewRecorder())
}

func TestAPIToken_isTheOneValueOfItsHeader(t *testing.T) {
	check, _ := newCheck(t, token.NewEnv(secret.New(goodToken)))
	for _, values := range [][]string{{goodToken}, {"  " + goodToken + "\t"}} {
		if err := check.Check(request(values...)); err != nil {
			t.Errorf("%q: %v", values, err)
		}
	}
	for _, values := range [][]string{
		nil, {""}, {"  "}, {"wrong"}, {goodToken + "x"}, {goodToken[1:]}, {"GOLDEN-TOKEN-0123456789"},
		{`"` + goodToken + `"`},
		{"Bearer " + goodToken}, {goodToken + "\x00"}, {goodToken, goodToken}, {goodToken, ""}, {"", goodToken},
		{goodToken + "," + goodToken},
		{"\u00a0" + goodToken}, {goodToken + "\xe9"}, {"\xe9"},
	} {
		if err := check.Check(request(values...)); !errors.Is(err, auth.ErrTokenRefused) {
			t.Errorf("%q: got %v", values, err)
		}
	}
}

func TestAPIToken_isUnknownUntilTheSourceHasAnswered(t *testing.T) {
	p := &provider{err: token.ErrUnavailable}
	check, source := newCheck(t, p)
	if err := check.Check(request(goodToken)); !errors.Is(err, auth.ErrTokenUnknown) {
		t.Errorf("got %v", err)
	}
	p.value, p.err = goodToken, nil
	if err := source.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := check.Check(request(goodToken)); err != nil {
		t.Error(err)
	}
}

func TestAPIToken_isSampledWithAddressAndUserAgent(t *testing.T) {
	check, source := newCheck(t, token.NewEnv(secret.New(goodToken)))
	c := request(goodToken)
	c.Request().RemoteAddr = "192.0.2.7:4711"
	c.Request().Header.Set("User-Agent", "n8n "+goodToken)
	if err := check.Check(c); err != nil {
		t.Fatal(err)
	}
	status := source.Status()
	if len(status.Generations) != 1 || status.Generations[0].LastAddress != "192.0.2.7" ||
		status.Generations[0].LastUserAgent != "n8n [secret]" {
		t.Errorf("%+v", status.Generations)
	}
}

func TestAPIToken_allocatesNothing(t *testing.T) {
	check, _ := newCheck(t, token.NewEnv(secret.New(goodToken)))
	for _, c := range []echo.Context{request(goodToken), request("wrong"), request()} {
		check.Check(c) // the first use is sampled
		if n := testing.AllocsPerRun(1000, func() { check.Check(c) }); n >= 1 {
			t.Errorf("%v allocations", n)
		}
	}
}

func BenchmarkAPIToken_Check(b *testing.B) {
	check, _ := newCheck(b, token.NewEnv(secret.New(goodToken)))
	c := request(goodToken)
	b.ReportAllocs()
	for b.Loop() {
		if err := check.Check(c); err != nil {
			b.Fatal(err)
		}
	}
}
