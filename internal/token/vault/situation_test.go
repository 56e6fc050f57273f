package vault_test

import (
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// The situations of a secret of KV version 2, one after the other.
func TestProvider_tellsWhatHappenedToTheSecret(t *testing.T) {
	s := start(t)
	p := open(t, s.asRoot("secret/namets"))
	wantError(t, fetchError(t, p), token.ErrConfig, "secret/namets", s.Addr, "404", "VAULT_KV_PATH")

	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	set := wantToken(t, p, first)
	if !strings.HasPrefix(set.Version, "1@") || set.Created.IsZero() {
		t.Errorf("got version %q of %s, want the first one and its time", set.Version, set.Created)
	}

	s.do(t, "DELETE", "secret/data/namets", nil, nil)
	wantError(t, fetchError(t, p), token.ErrRevoked, "secret/namets", "undelet")
	s.do(t, "PUT", "secret/undelete/namets", keys{"versions": []int{1}}, nil)
	if back := wantToken(t, p, first); back.Version != set.Version {
		t.Errorf("undeleted: version %q, want %q as before", back.Version, set.Version)
	}

	s.do(t, "PUT", "secret/destroy/namets", keys{"versions": []int{1}}, nil)
	wantError(t, fetchError(t, p), token.ErrRevoked)

	s.do(t, "DELETE", "secret/metadata/namets", nil, nil)
	wantError(t, fetchError(t, p), token.ErrConfig, "404")
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	again := wantToken(t, p, first)
	if !strings.HasPrefix(again.Version, "1@") || again.Version == set.Version {
		t.Errorf("written again: version %q, want 1 of another time than %q", again.Version, set.Version)
	}

	s.do(t, "DELETE", "sys/mounts/secret", nil, nil)
	wantError(t, fetchError(t, p), token.ErrConfig, "403", `path "secret/data/namets" { capabilities = ["read"] `+
		`} for KV version 2`)
}

func TestProvider_neverTakesADeletionFromKVVersion1ForARevocation(t *testing.T) {
	s := start(t)
	s.mount(t, "kv", "1")
	s.do(t, "PUT", "kv/namets", keys{"N8N_API_TOKEN": first}, nil)
	p := open(t, s.asRoot("kv/namets"))
	if set := wantToken(t, p, first); set.Version != "" || !set.Created.IsZero() {
		t.Errorf("version %q of %s where Vault counts none", set.Version, set.Created)
	}
	s.do(t, "DELETE", "kv/namets", nil, nil)
	wantError(t, fetchError(t, p), token.ErrConfig, "404", "KV version 1")
}

func TestProvider_refusesWhatCannotBeTheToken(t *testing.T) {
	s := start(t)
	for _, tt := range []struct {
		name  string
		data  keys
		kind  error
		words string
	}{
		{"blank", keys{"N8N_API_TOKEN": "  "}, token.ErrInvalid, "blank"},
		{"too short", keys{"N8N_API_TOKEN": "abc"}, token.ErrInvalid, "16"},
		{"placeholder", keys{"N8N_API_TOKEN": "changeme-changeme"}, token.ErrInvalid, "placeholder"},
		{"number", keys{"N8N_API_TOKEN": 1234567890123456789}, token.ErrInvalid, "N8N_API_TOKEN"},
		{"list", keys{"N8N_API_TOKEN": []string{first}}, token.ErrInvalid, "not a text"},
		{"null", keys{"N8N_API_TOKEN": nil}, token.ErrInvalid, "not a text"},
		{"key missing", keys{"TOKEN": first}, token.ErrConfig, "no key N8N_API_TOKEN"},
		{"nothing in it", keys{}, token.ErrConfig, "VAULT_KV_FIELD"},
		{"signing key is no text", keys{"N8N_API_TOKEN": first, "WEBHOOK_SECRET": true}, token.ErrInvalid,
			"WEBHOOK_SECRET"},
		{"revoke_previous is neither", keys{"N8N_API_TOKEN": first, "revoke_previous": "maybe"}, token.ErrInvalid,
			"revoke_previous"},
		{"revoke_previous is a list", keys{"N8N_API_TOKEN": first, "revoke_previous": []int{}}, token.ErrInvalid,
			"revoke_previous"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.put(t, "namets", tt.data)
			wantError(t, fetchError(t, open(t, s.asRoot("secret/namets"))), tt.kind, tt.words, "secret/namets")
		})
	}
}

func TestProvider_deliversWhatIsStoredWithTheToken(t *testing.T) {
	s := start(t)
	for _, tt := range []struct {
		name    string
		data    keys
		signing string
		revoke  bool
	}{
		{"nothing", keys{"N8N_API_TOKEN": first, "OTHER": keys{"a": 1}}, "", false},
		{"signing key", keys{"N8N_API_TOKEN": first, "WEBHOOK_SECRET": " whsec_c2VjcmV0 \n"}, "whsec_c2VjcmV0", false},
		{"revoke_previous", keys{"N8N_API_TOKEN": first, "revoke_previous": true}, "", true},
		{"revoke_previous by vault kv put", keys{"N8N_API_TOKEN": first, "revoke_previous": "true"}, "", true},
		{"revoke_previous as a number", keys{"N8N_API_TOKEN": first, "revoke_previous": 1}, "", true},
		{"revoke_previous false", keys{"N8N_API_TOKEN": first, "revoke_previous": false}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.put(t, "namets", tt.data)
			set := wantToken(t, open(t, s.asRoot("secret/namets")), first)
			if got := set.SigningSecret.Reveal(); got != tt.signing {
				t.Errorf("signing secret %q, want %q", got, tt.signing)
			}
			if set.RevokePrevious != tt.revoke {
				t.Errorf("revoke previous: %t, want %t", set.RevokePrevious, tt.revoke)
			}
		})
	}
}

func TestProvider_readsTheKeyThatIsConfigured(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"n8n": second, "N8N_API_TOKEN": first})
	c := s.asRoot("secret/namets")
	c.Field = "n8n"
	wantToken(t, open(t, c), second)
}

func TestProvider_isUnavailableWhileVaultIs(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	p := open(t, s.asRoot("secret/namets"))
	wantError(t, fetchError(t, open(t, sealedConfig(t))), token.ErrUnavailable, "503", "unseal")

	wantToken(t, p, first)
	s.do(t, "PUT", "sys/seal", nil, nil)
	wantError(t, fetchError(t, p), token.ErrUnavailable, "503", "unseal", s.Addr)
	s.unseal(t)
	wantToken(t, p, first)

	s.Stop()
	wantError(t, fetchError(t, p), token.ErrUnavailable, "connection refused")
}

// sealedConfig is a provider's configuration of a Vault that nobody has initialised.
func sealedConfig(t *testing.T) vault.Config {
	t.Helper()
	s := e2e.Vault(t, e2e.VaultOptions{Sealed: true})
	return vault.Config{Address: s.Addr, KVPath: "secret/namets", Token: secret.New("hvs.some-token")}
}
