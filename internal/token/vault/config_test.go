package vault_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

func TestNew_refusesWhatCanNeverWork(t *testing.T) {
	some := secret.New("some-credential")
	good := vault.Config{Address: "http://127.0.0.1:8200", KVPath: "secret/namets", Token: some}
	for _, tt := range []struct {
		name   string
		change func(*vault.Config)
		words  string
	}{
		{"no login", func(c *vault.Config) { c.Token = secret.Value{} }, "no login"},
		{"token and file", func(c *vault.Config) { c.TokenFile = "/run/token" }, "more than one"},
		{"token and AppRole", func(c *vault.Config) { c.RoleID, c.SecretID = some, some }, "more than one"},
		{"role ID alone", func(c *vault.Config) { c.Token, c.RoleID = secret.Value{}, some }, "half"},
		{"secret ID alone", func(c *vault.Config) { c.Token, c.SecretIDFile = secret.Value{}, "/run/secret" }, "half"},
		{"role ID twice", func(c *vault.Config) {
			c.Token, c.RoleID, c.RoleIDFile, c.SecretID = secret.Value{}, some, "/run/role", some
		}, "more than one"},
		{"no path", func(c *vault.Config) { c.KVPath = "" }, "secret/namets"},
		{"mount alone", func(c *vault.Config) { c.KVPath = "secret/" }, "secret/namets"},
		{"dots", func(c *vault.Config) { c.KVPath = "secret/../sys/x" }, "dot"},
		{"empty segment", func(c *vault.Config) { c.KVPath = "secret//x" }, "empty"},
		{"field with another meaning", func(c *vault.Config) { c.Field = "revoke_previous" }, "another meaning"},
		{"no URL", func(c *vault.Config) { c.Address = "vault.example.org:8200" }, "https://"},
		{"no host", func(c *vault.Config) { c.Address = "https://" }, "https://"},
		{"not to be parsed", func(c *vault.Config) { c.Address = "http://user:some-credential@host:port" },
			"Vault's client"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			_, err := vault.New(c)
			wantError(t, err, token.ErrConfig, tt.words)
		})
	}
	open(t, good)
}

func TestNew_tellsWhatIsWrongWithTheEnvironment(t *testing.T) {
	c := vault.Config{Address: "https://127.0.0.1:8200", KVPath: "secret/namets",
		Token: secret.New("some-credential")}
	missing := filepath.Join(t.TempDir(), "none.pem")
	for name, value := range map[string]string{"VAULT_CACERT": missing, "VAULT_SKIP_VERIFY": "perhaps",
		"VAULT_CLIENT_CERT": missing} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			_, err := vault.New(c)
			wantError(t, err, token.ErrConfig, "environment of Vault's client")
		})
	}
}

func TestNew_takesTheClientsEnvironment(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	front := s.record(t, nil)
	t.Setenv("VAULT_ADDR", front.url)
	t.Setenv("VAULT_NAMESPACE", "team/a")
	t.Setenv("VAULT_TOKEN", "not-the-one-that-counts")
	t.Setenv("VAULT_WRAP_TTL", "60s")
	t.Setenv("VAULT_MAX_RETRIES", "3")
	p := open(t, vault.Config{KVPath: "secret/namets", Token: secret.New(s.RootToken)})
	wantToken(t, p, first)
	if got := front.header("X-Vault-Namespace"); got != "team/a" {
		t.Errorf("asked in the namespace %q, want team/a", got)
	}
	front.take()
	s.do(t, "PUT", "sys/seal", nil, nil)
	wantError(t, fetchError(t, p), token.ErrUnavailable)
	if asked := front.take(); len(asked) != 1 {
		t.Errorf("asked %q while sealed, want no retries", asked)
	}
}

func TestProvider_sendsNoTokenToALogin(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	front := s.record(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/auth/approle/login" && r.Header.Get("X-Vault-Token") != "" {
			t.Error("a login carries a token")
		}
		return false
	})
	c := s.asRole(s.appRole(t, reading, nil), s.secretID(t))
	t.Setenv("VAULT_ADDR", front.url)
	t.Setenv("VAULT_TOKEN", s.RootToken)
	c.Address = ""
	p := open(t, c)
	wantToken(t, p, first)
	s.revokeLogins(t)
	wantToken(t, p, first)
}
