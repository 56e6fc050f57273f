package vault_test

import (
	"os"
	"strings"
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// The policies of the package's documentation are enough, and with less it does not work.
func TestPolicies_allowWhatTheyPromise(t *testing.T) {
	doc, err := os.ReadFile("vault.go")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	s.mount(t, "kv", "1")
	for _, tt := range []struct {
		name, path, policy    string
		reads, rotates, makes bool
	}{
		{"v2 read", "secret/namets", `path "secret/data/namets" { capabilities = ["read"] }`, true, false, false},
		{"v2 rotate", "secret/namets", `path "secret/data/namets" { capabilities = ["create", "read", "update"] }`,
			true, true, true},
		{"v2 rotate without create", "secret/namets", `path "secret/data/namets" { capabilities = ["read", "update"] }`,
			true, true, false},
		{"v2 rotate without read", "secret/namets", `path "secret/data/namets" { capabilities = ["create", "update"] }`,
			false, false, false},
		{"v2 without data/", "secret/namets", `path "secret/namets" { capabilities = ["create", "read", "update"] }`,
			false, false, false},
		{"v1 read", "kv/namets", `path "kv/namets" { capabilities = ["read"] }`, true, false, false},
		{"v1 rotate", "kv/namets", `path "kv/namets" { capabilities = ["create", "read", "update"] }`,
			true, true, true},
		{"v1 rotate without create", "kv/namets", `path "kv/namets" { capabilities = ["read", "update"] }`,
			true, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.put(t, "namets", keys{"N8N_API_TOKEN": first})
			s.do(t, "PUT", "kv/namets", keys{"N8N_API_TOKEN": first}, nil)
			p := open(t, vault.Config{Address: s.Addr, KVPath: tt.path,
				Token: secret.New(s.login(t, tt.policy, nil))})
			_, err := p.Fetch(t.Context())
			check(t, "read", err, tt.reads)
			_, err = p.Rotate(t.Context(), secret.New(second), token.RotateOptions{})
			check(t, "rotate", err, tt.rotates)

			s.do(t, "DELETE", "secret/metadata/namets", nil, nil)
			s.do(t, "DELETE", "kv/namets", nil, nil)
			_, err = p.Rotate(t.Context(), secret.New(second), token.RotateOptions{})
			check(t, "rotate what was never there", err, tt.makes)
		})
		shown := strings.Contains(string(doc), "//\t"+strings.Replace(tt.policy, `"kv/`, `"secret/`, 1)+"\n")
		if documented := !strings.Contains(tt.name, "without"); documented && !shown {
			t.Errorf("%s: the package's documentation does not show %s", tt.name, tt.policy)
		}
	}
}

func check(t *testing.T, act string, err error, allowed bool) {
	t.Helper()
	if allowed && err != nil {
		t.Errorf("%s: %v", act, err)
	}
	if !allowed {
		wantError(t, err, token.ErrConfig, "403", "path ")
	}
}
