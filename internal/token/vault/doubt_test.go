package vault_test

import (
	"errors"
	"strings"
	"testing"

	"namets/internal/token"
)

// What is in Vault may be a reference to another place. Who knows it from before gets all that
// Vault delivers.
func TestProvider_refusesWhatLooksLikeAReferenceAndHandsItOn(t *testing.T) {
	const odd, signing = "op://vault/namets/token", "a key that signs webhooks"
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": odd, "WEBHOOK_SECRET": signing, "revoke_previous": true})
	set, err := open(t, s.asRoot("secret/namets")).Fetch(t.Context())
	doubt, ok := errors.AsType[*token.Doubt](err)
	if !ok || !errors.Is(err, token.ErrInvalid) || !set.Token.IsZero() {
		t.Fatalf("fetched %v, %v; want a doubt and nothing else", set, err)
	}
	if text := err.Error(); strings.Contains(text, odd) || !strings.Contains(text, "N8N_API_TOKEN") ||
		!strings.Contains(text, "reference") {
		t.Errorf("the error says %q", text)
	}
	got := doubt.Set
	if got.Token.Reveal() != odd || got.SigningSecret.Reveal() != signing || !got.RevokePrevious || got.Version == "" {
		t.Errorf("the doubt holds %+v", got)
	}
}
