package vault_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// What the runbook says to do when the login to Vault has leaked does end the thief's login, and
// not namets' own.
func TestLeakedLogin_endsAsTheRunbookSays(t *testing.T) {
	manual := ""
	for _, page := range []string{"runbook.md", "token.md"} {
		text, err := os.ReadFile("../../../web/docs/operator/" + page)
		if err != nil {
			t.Fatal(err)
		}
		manual += string(text)
	}
	for _, step := range []string{
		"vault lease revoke -prefix auth/approle/login", "vault token revoke -accessor", "auth/token/accessors",
		"auth/approle/role/namets/secret-id/destroy", "token_max_ttl=", "token_bound_cidrs=", "secret_id_bound_cidrs=",
	} {
		if !strings.Contains(manual, step) {
			t.Errorf("the runbook does not say %s", step)
		}
	}

	for _, tt := range []struct {
		name   string
		revoke func(s server, t *testing.T)
	}{
		{"all logins by AppRole", server.revokeLogins},
		{"those of the role, by accessor", server.revokeRole},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			s.put(t, "namets", keys{"N8N_API_TOKEN": first})
			role, leaked := s.appRole(t, reading, nil), s.secretID(t)
			stolen := s.stolenLogin(t, role, leaked)

			next := s.secretID(t)
			s.do(t, "POST", "auth/approle/role/namets/secret-id/destroy", keys{"secret_id": leaked}, nil)
			wantError(t, fetchError(t, open(t, s.asRole(role, leaked))), token.ErrConfig, "refused the AppRole")
			wantToken(t, open(t, s.asToken(stolen)), first) // this is why revoking follows
			p := open(t, s.asRole(role, next))
			wantToken(t, p, first)

			tt.revoke(s, t)
			wantError(t, fetchError(t, open(t, s.asToken(stolen))), token.ErrConfig, "403")
			wantToken(t, p, first)
		})
	}
}

// Under the role that the documentation makes, a login works from the network that it names and
// from no other.
func TestRole_isBoundToItsNetwork(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	bound := func(network string) keys {
		return keys{"token_ttl": "1h", "token_max_ttl": "24h", "token_bound_cidrs": []string{network},
			"secret_id_bound_cidrs": []string{network}}
	}
	role := s.appRole(t, reading, bound("127.0.0.0/8"))
	stolen := s.stolenLogin(t, role, s.secretID(t))
	wantToken(t, open(t, s.asToken(stolen)), first)

	s.do(t, "POST", "auth/approle/role/namets", bound("198.51.100.7/32"), nil)
	wantError(t, fetchError(t, open(t, s.asRole(role, s.secretID(t)))), token.ErrConfig, "refused the AppRole")
}

// stolenLogin logs in as somebody who has the role ID and the secret ID could, and returns the
// Vault token.
func (s server) stolenLogin(t *testing.T, roleID, secretID string) string {
	t.Helper()
	var login struct {
		Auth struct {
			ClientToken string `json:"client_token"`
		}
	}
	s.do(t, "POST", "auth/approle/login", keys{"role_id": roleID, "secret_id": secretID}, &login)
	return login.Auth.ClientToken
}

// revokeRole revokes the tokens of the role namets, found by their accessors, and no others.
func (s server) revokeRole(t *testing.T) {
	t.Helper()
	var listed struct{ Data struct{ Keys []string } }
	s.do(t, "LIST", "auth/token/accessors", nil, &listed)
	revoked := 0
	for _, accessor := range listed.Data.Keys {
		var found struct {
			Data struct{ Meta map[string]string }
		}
		if s.Do(t, http.MethodPost, "auth/token/lookup-accessor", keys{"accessor": accessor}, &found) != http.StatusOK {
			continue // it has expired meanwhile
		}
		if found.Data.Meta["role_name"] == "namets" {
			s.do(t, "POST", "auth/token/revoke-accessor", keys{"accessor": accessor}, nil)
			revoked++
		}
	}
	if revoked < 2 {
		t.Errorf("found %d tokens of the role by their accessors, want the thief's and the service's", revoked)
	}
}

// asToken is the configuration of a provider that logs in with a Vault token.
func (s server) asToken(value string) vault.Config {
	return vault.Config{Address: s.Addr, KVPath: "secret/namets", Token: secret.New(value)}
}
