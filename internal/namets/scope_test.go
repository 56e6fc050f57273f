package namets_test

import (
	"errors"
	"strings"
	"testing"

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

func TestCheckAPITokenName(t *testing.T) {
	for _, name := range []string{"n8n", "Sync to the table", "مهر"} {
		if err := namets.CheckAPITokenName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", " n8n", "a@example.org", "shared", "Shared", "a\nb", strings.Repeat("n", 41)} {
		if err := namets.CheckAPITokenName(name); namets.CodeOf(err) != namets.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
