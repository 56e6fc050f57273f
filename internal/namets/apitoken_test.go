package namets_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

func TestParseScopes_isEachOnceInTheirOrder(t *testing.T) {
	got, err := namets.ParseScopes([]string{"hooks", "content:read", "hooks"})
	if err != nil || got.String() != "content:read hooks" {
		t.Errorf("got %q, %v", got, err)
	}
	if !got.Has(namets.ScopeHooks) || got.Has(namets.ScopeSend) {
		t.Errorf("%q has the wrong scopes", got)
	}
}

func TestParseScopes_refusesWhatIsNone(t *testing.T) {
	for _, names := range [][]string{nil, {}, {""}, {"content"}, {"hooks", "Hooks"}, {"hooks", "nmt_secret"}} {
		got, err := namets.ParseScopes(names)
		bad, ok := errors.AsType[*namets.Error](err)
		if !ok || bad.Code != namets.Invalid || bad.Field != "scopes" || got != nil {
			t.Errorf("%q: got %q, %v", names, got, err)
		} else if strings.Contains(bad.Message, "nmt_") {
			t.Errorf("%q: the message has the value: %s", names, bad.Message)
		}
	}
}

func TestSharedScopes_areForReadingUntilAnOwnerAllowsMore(t *testing.T) {
	var access namets.APIAccess
	if got := access.SharedScopes().String(); got != "content:read people:read changes" {
		t.Errorf("at first: %s", got)
	}
	access.SharedMayWrite = true
	want := "content:read content:write people:read people:write send changes hooks"
	if got := access.SharedScopes().String(); got != want {
		t.Errorf("then: %s", got)
	}
}

func TestCheckAPIToken(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	past, later, never := now, now.Add(time.Hour), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range []string{"n8n", "Sync to the table", "مهر"} {
		good := namets.APIToken{Name: name, Scopes: namets.ReadScopes(), ExpiresAt: &later}
		if err := namets.CheckAPIToken(good, now); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", " n8n", "a@example.org", "shared", "Shared", "a\nb", strings.Repeat("n", 41)} {
		wantProblem(t, namets.APIToken{Name: name, Scopes: namets.ReadScopes()}, now, "name")
	}
	wantProblem(t, namets.APIToken{Name: "n8n"}, now, "scopes")
	for _, end := range []time.Time{past, never} {
		wantProblem(t, namets.APIToken{Name: "n8n", Scopes: namets.ReadScopes(), ExpiresAt: &end}, now, "expires_at")
	}
}

// wantProblem checks that the only problem of the token is with the field.
func wantProblem(t *testing.T, token namets.APIToken, now time.Time, field string) {
	t.Helper()
	problems, _ := errors.AsType[namets.Problems](namets.CheckAPIToken(token, now))
	if len(problems) != 1 || problems[0].Field != field {
		t.Errorf("%q has the problems %v, want one with %s", token.Name, problems, field)
	}
}
