package vault_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/tokentest"
	"namets/internal/token/vault"
)

const reading = `path "secret/data/namets" { capabilities = ["read"] }`

// asRole is the configuration of a provider that logs in with the AppRole namets.
func (s server) asRole(roleID, secretID string) vault.Config {
	return vault.Config{
		Address: s.Addr, KVPath: "secret/namets",
		RoleID: secret.New(roleID), SecretID: secret.New(secretID),
	}
}

func TestProvider_logsInAgainWhenItsLoginWasRevoked(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	front := s.record(t, nil)
	c := s.asRole(s.appRole(t, reading, nil), s.secretID(t))
	c.Address = front.url
	p := open(t, c)
	wantToken(t, p, first)
	wantToken(t, p, first)
	if n := front.count("PUT auth/approle/login"); n != 1 {
		t.Errorf("logged in %d times for two fetches, want once", n)
	}
	s.revokeLogins(t)
	wantToken(t, p, first)
	if n := front.count("PUT auth/approle/login"); n != 1 {
		t.Errorf("logged in %d times after the revocation, want once", n)
	}
}

func TestProvider_logsInOnceMoreAndNotForEver(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	front := s.record(t, nil)
	c := s.asRole(s.appRole(t, reading, nil), s.secretID(t))
	c.Address = front.url
	p := open(t, c)
	wantToken(t, p, first)
	s.do(t, "PUT", "sys/policies/acl/namets", keys{"policy": `path "secret/data/other" { capabilities = ["read"] }`},
		nil)
	front.take()
	for range 2 {
		wantError(t, fetchError(t, p), token.ErrConfig, "403", "the AppRole's policy", reading)
		if n := front.count("PUT auth/approle/login"); n != 1 {
			t.Errorf("logged in %d times for one fetch, want once", n)
		}
	}
	s.do(t, "PUT", "sys/policies/acl/namets", keys{"policy": reading}, nil)
	wantToken(t, p, first)
}

func TestProvider_renewsItsLoginUntilVaultEndsThat(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	for _, tt := range []struct {
		name    string
		options keys
		logins  int // after the first one
	}{
		{"the maximum is far", keys{"token_ttl": "1h", "token_max_ttl": "2h"}, 0},
		{"the maximum is near", keys{"token_ttl": "1h", "token_max_ttl": "1h"}, 0},
		{"batch tokens cannot be renewed", keys{"token_ttl": "1h", "token_type": "batch"}, 1},
		{"the policy does not allow it", keys{"token_ttl": "1h", "token_no_default_policy": true}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server{s.VaultServer}
			role := s.appRole(t, reading, tt.options)
			defer s.do(t, "DELETE", "sys/auth/approle", nil, nil)
			front := s.record(t, nil)
			clock := tokentest.NewClock(time.Now())
			c := s.asRole(role, s.secretID(t))
			c.Address, c.Now = front.url, clock.Now
			p := open(t, c)
			wantToken(t, p, first)
			clock.Advance(19 * time.Minute)
			wantToken(t, p, first)
			if asked := front.take(); contains(asked, "PUT auth/token/renew-self") {
				t.Errorf("renewed before a third of the lease: %q", asked)
			}
			clock.Advance(2 * time.Minute)
			wantToken(t, p, first)
			asked := front.take()
			if !contains(asked, "PUT auth/token/renew-self") {
				t.Errorf("did not renew after a third of the lease, which the next fetch may find expired: %q", asked)
			}
			if got := contains(asked, "PUT auth/approle/login"); got != (tt.logins == 1) {
				t.Errorf("logged in again: %t, asked %q", got, asked)
			}
			wantToken(t, p, first)
			if asked := front.take(); len(asked) != 1 {
				t.Errorf("asked %q for a fetch after the renewal, want the read alone", asked)
			}
		})
	}
}

func TestProvider_logsInAgainWhenALeaseShrinks(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	// What is left of the maximum is what a renewal brings: here 40 minutes of a lease of 3 hours.
	role := s.appRole(t, reading, keys{"token_ttl": "3h", "token_max_ttl": "3h"})
	secret := s.secretID(t)
	front := s.record(t, nil)
	clock := tokentest.NewClock(time.Now())
	c := s.asRole(role, secret)
	c.Address, c.Now = front.url, clock.Now
	p := open(t, c)
	wantToken(t, p, first)
	s.do(t, "POST", "auth/approle/role/namets", keys{"token_ttl": "40m", "token_max_ttl": "40m"}, nil)
	clock.Advance(2*time.Hour + time.Minute)
	front.take()
	wantToken(t, p, first)
	if asked := front.take(); !contains(asked, "PUT auth/approle/login") {
		t.Errorf("asked %q, want a new login", asked)
	}
}

func TestProvider_goesOnWithItsLoginWhenRenewalIsOutOfOrder(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	status := http.StatusInternalServerError
	front := s.record(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v1/auth/token/renew-self" &&
			(status != http.StatusForbidden || r.URL.Path != "/v1/auth/approle/login") {
			return false
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"errors":["out of order"]}`))
		return true
	})
	clock := tokentest.NewClock(time.Now())
	role := s.appRole(t, reading, nil)
	c := s.asRole(role, s.secretID(t))
	c.Address, c.Now = front.url, clock.Now
	p := open(t, c)
	wantToken(t, p, first)
	clock.Advance(50 * time.Minute)
	wantLater := func() {
		t.Helper()
		if in := p.FetchBy().Sub(clock.Now()); in < time.Minute {
			t.Errorf("wants to be asked in %s, though what was due does not work", in)
		}
	}
	wantToken(t, p, first)
	wantLater()
	status = http.StatusForbidden // neither renewal nor login works, the old login still does
	wantToken(t, p, first)
	wantLater()
	s.revokeLogins(t)
	wantError(t, fetchError(t, p), token.ErrConfig, "refused the AppRole (403)")
}

func TestProvider_renewsAFixedToken(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	for _, tt := range []struct {
		name    string
		options keys
		renewed bool
	}{
		{"renewable", keys{"no_default_policy": false}, true},
		{"periodic", keys{"no_default_policy": false, "period": "1h"}, true},
		{"not renewable", keys{"no_default_policy": false, "renewable": false}, false},
		{"not allowed to look at itself", keys{}, false},
		{"for ever", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			front := s.record(t, nil)
			clock := tokentest.NewClock(time.Now())
			c := vault.Config{Address: front.url, KVPath: "secret/namets", Token: secret.New(s.RootToken),
				Now: clock.Now}
			if tt.options != nil {
				c.Token = secret.New(s.login(t, reading, tt.options))
			}
			p := open(t, c)
			wantToken(t, p, first)
			if by := p.FetchBy(); by.IsZero() == tt.renewed || tt.renewed && by.Before(clock.Now()) {
				t.Errorf("wants to be asked by %s", by)
			}
			front.take()
			clock.Advance(41 * time.Minute)
			wantToken(t, p, first)
			if got := front.count("PUT auth/token/renew-self") == 1; got != tt.renewed {
				t.Errorf("renewed: %t, want %t", got, tt.renewed)
			}
		})
	}
}

func TestProvider_saysWhatIsWrongWithAFixedToken(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	fixed := func(vaultToken string) *vault.Provider {
		return open(t, vault.Config{Address: s.Addr, KVPath: "secret/namets", Token: secret.New(vaultToken)})
	}
	wantError(t, fetchError(t, fixed("hvs.never-was")), token.ErrConfig, "403", "expired or was revoked", reading)

	revoked := s.login(t, reading, nil)
	p := fixed(revoked)
	wantToken(t, p, first)
	s.do(t, "PUT", "auth/token/revoke", keys{"token": revoked}, nil)
	wantError(t, fetchError(t, p), token.ErrConfig, "403", "expired or was revoked")

	usedUp := fixed(s.login(t, reading, keys{"num_uses": 2}))
	wantToken(t, usedUp, first)
	wantError(t, fetchError(t, usedUp), token.ErrConfig, "403")

	denied := fixed(s.login(t, `path "secret/data/other" { capabilities = ["read"] }`,
		keys{"no_default_policy": false}))
	wantError(t, fetchError(t, denied), token.ErrConfig, "403", "the Vault token is valid, but its policy", reading)

	wantError(t, fetchError(t, fixed("two words")), token.ErrConfig, "printable ASCII")
}

func TestProvider_followsTheTokenFile(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	file := filepath.Join(t.TempDir(), "token")
	p := open(t, vault.Config{Address: s.Addr, KVPath: "secret/namets", TokenFile: file})
	wantError(t, fetchError(t, p), token.ErrUnavailable, file, "no such file")
	writeFile(t, file, "")
	wantError(t, fetchError(t, p), token.ErrUnavailable, file, "empty")

	one, two := s.login(t, reading, nil), s.login(t, reading, nil)
	writeFile(t, file, one+"\n")
	wantToken(t, p, first)
	writeFile(t, file, two+"\n")
	wantToken(t, p, first)
	s.do(t, "PUT", "auth/token/revoke", keys{"token": one}, nil)
	wantToken(t, p, first)

	writeFile(t, file, "")
	wantToken(t, p, first) // the agent is writing it: the login that it gave is still good
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	wantToken(t, p, first)
	s.do(t, "PUT", "auth/token/revoke", keys{"token": two}, nil)
	wantError(t, fetchError(t, p), token.ErrUnavailable, file)
}

func TestProvider_refusesATokenFileThatCanNeverWork(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	writeFile(t, big, string(make([]byte, 70<<10)))
	words := filepath.Join(dir, "words")
	writeFile(t, words, "not a token but a text")
	for name, path := range map[string]string{"a directory": dir, "too large": big, "not one word": words,
		"below a file": filepath.Join(big, "x")} {
		t.Run(name, func(t *testing.T) {
			p := open(t, vault.Config{Address: "http://127.0.0.1:1", KVPath: "secret/namets", TokenFile: path})
			wantError(t, fetchError(t, p), token.ErrConfig, path)
		})
	}
}

func TestProvider_readsTheAppRolesFilesAtEachLogin(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	dir := t.TempDir()
	role, secret := filepath.Join(dir, "role"), filepath.Join(dir, "secret")
	p := open(t, vault.Config{Address: s.Addr, KVPath: "secret/namets", RoleIDFile: role, SecretIDFile: secret})
	wantError(t, fetchError(t, p), token.ErrUnavailable, role)
	writeFile(t, role, s.appRole(t, reading, nil))
	wantError(t, fetchError(t, p), token.ErrUnavailable, secret)

	old := s.secretID(t)
	writeFile(t, secret, old+"\n")
	wantToken(t, p, first)
	s.do(t, "POST", "auth/approle/role/namets/secret-id/destroy", keys{"secret_id": old}, nil)
	s.revokeLogins(t)
	wantError(t, fetchError(t, p), token.ErrConfig, "400", "secret ID",
		"vault write -f auth/approle/role/NAME/secret-id")
	writeFile(t, secret, s.secretID(t))
	wantToken(t, p, first)
}

func TestProvider_tellsALoginThatIsRefused(t *testing.T) {
	s := start(t)
	wantError(t, fetchError(t, open(t, s.asRole("role", "secret"))), token.ErrConfig, "403",
		"vault auth enable approle")
	role := s.appRole(t, reading, nil)
	wantError(t, fetchError(t, open(t, s.asRole("role", "secret"))), token.ErrConfig, "400")
	wantError(t, fetchError(t, open(t, s.asRole(role, "secret"))), token.ErrConfig, "400")
	s.do(t, "PUT", "sys/seal", nil, nil)
	wantError(t, fetchError(t, open(t, s.asRole(role, "secret"))), token.ErrUnavailable, "503")
}
