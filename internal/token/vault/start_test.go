package vault_test

import (
	"errors"
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// What a Source makes of Vault's answers before the port opens, and of the same troubles
// afterwards.
func TestSource_endsAtTheStartOnlyForWhatTheOperatorHasToFix(t *testing.T) {
	s := start(t)
	s.mount(t, "kv", "1")
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	s.put(t, "other", keys{"TOKEN": first})
	s.put(t, "short", keys{"N8N_API_TOKEN": "short"})
	s.put(t, "deleted", keys{"N8N_API_TOKEN": first})
	s.do(t, "DELETE", "secret/data/deleted", nil, nil)
	limited := s.login(t, reading, nil)
	for _, tt := range []struct {
		name   string
		config vault.Config
		ends   bool
		state  token.State
	}{
		{"good", s.asRoot("secret/namets"), false, token.OK},
		{"key missing", s.asRoot("secret/other"), true, token.Unknown},
		{"bad value", s.asRoot("secret/short"), true, token.Unknown},
		{"404", s.asRoot("secret/none"), true, token.Unknown},
		{"404 of version 1", s.asRoot("kv/none"), true, token.Unknown},
		{"403", vault.Config{Address: s.Addr, KVPath: "secret/other", Token: secret.New(limited)}, true,
			token.Unknown},
		{"login refused", s.asRole("no", "no"), true, token.Unknown},
		{"deleted", s.asRoot("secret/deleted"), false, token.Revoked},
		{"down", vault.Config{Address: "http://127.0.0.1:1", KVPath: "secret/namets", Token: secret.New("x")},
			false, token.Unknown},
		{"sealed", sealedConfig(t), false, token.Unknown},
		{"login file not there yet", vault.Config{Address: s.Addr, KVPath: "secret/namets", TokenFile: t.TempDir() +
			"/none"}, false, token.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := token.New(token.Config{Provider: open(t, tt.config), Name: "vault"})
			err := source.Start(t.Context())
			if ends := errors.Is(err, token.ErrConfig) || errors.Is(err, token.ErrInvalid); ends != tt.ends ||
				!ends && err != nil {
				t.Errorf("start: error %v, want one that ends the process: %t", err, tt.ends)
			}
			if got := source.Status().State; got != tt.state {
				t.Errorf("state %q, want %q", got, tt.state)
			}
		})
	}
}

func TestSource_keepsTheLastGoodTokenThroughAllButADeletion(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	source := token.New(token.Config{Provider: open(t, s.asRoot("secret/namets")), Name: "vault"})
	if err := source.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect := func(state token.State, inForce string) {
		t.Helper()
		_ = source.Refresh(t.Context())
		if got := source.Status().State; got != state {
			t.Errorf("state %q, want %q: %s", got, state, source.Status().LastError)
		}
		for _, value := range []string{first, second} {
			if got := source.Check([]string{value}).Allowed(); got != (value == inForce) {
				t.Errorf("in state %q: token %.4s… allowed: %t", state, value, got)
			}
		}
	}
	s.do(t, "PUT", "sys/seal", nil, nil)
	expect(token.Degraded, first)
	s.unseal(t)
	expect(token.OK, first)
	s.put(t, "namets", keys{"N8N_API_TOKEN": "short"})
	expect(token.Degraded, first)
	s.do(t, "DELETE", "secret/metadata/namets", nil, nil)
	expect(token.Degraded, first)
	s.put(t, "namets", keys{"N8N_API_TOKEN": second})
	expect(token.OK, second)
	s.do(t, "DELETE", "secret/data/namets", nil, nil)
	expect(token.Revoked, "")
	s.do(t, "PUT", "secret/undelete/namets", keys{"versions": []int{1}}, nil)
	expect(token.OK, second)
	s.do(t, "DELETE", "sys/mounts/secret", nil, nil)
	expect(token.Degraded, second)
}
