package config

import (
	"slices"
	"strings"

	"namets/internal/secret"
)

// TokenOptions is the advice for a person who has configured no token, or one that is refused.
const TokenOptions = `There are three ways to give a token: ` +
	`N8N_API_TOKEN holds the token itself; N8N_API_TOKEN_FILE names a file that holds it and is read ` +
	`again and again; ` +
	`VAULT_ADDR (with VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID) names a HashiCorp Vault that keeps ` +
	`it at VAULT_KV_PATH`

// noToken is a complaint without its beginning.
const noToken = `no API token is configured; make one with: namets token generate. ` + TokenOptions

func (r *reader) token(c *Config, o Options) {
	c.Token = secret.New(strings.TrimSpace(r.getenv("N8N_API_TOKEN")))
	c.TokenFile = r.text("N8N_API_TOKEN_FILE")
	c.Vault = r.vault()
	var configured []TokenSource
	if r.getenv("N8N_API_TOKEN") != "" {
		configured = append(configured, TokenFromEnv)
	}
	if c.TokenFile != "" {
		configured = append(configured, TokenFromFile)
	}
	if c.Vault.Address != "" {
		configured = append(configured, TokenFromVault)
	}
	switch s := TokenSource(r.text("TOKEN_SOURCE")); {
	case s != "" && s != TokenFromEnv && s != TokenFromFile && s != TokenFromVault:
		r.complain("TOKEN_SOURCE", "%q is not a source: give env, file or vault", s)
	case s != "":
		c.TokenSource = s
		if o.Token && !slices.Contains(configured, s) {
			r.complain("TOKEN_SOURCE", "it says %s, but %s", s, noToken)
		}
	case len(configured) == 1:
		c.TokenSource = configured[0]
	case len(configured) > 1:
		r.complain("TOKEN_SOURCE", "more than one token source is configured (%v): remove all but one, or name the "+
			"one that counts", configured)
	case o.Token:
		r.complain("N8N_API_TOKEN", "%s", noToken)
	}
	if o.ValidToken != nil && c.TokenSource == TokenFromEnv && slices.Contains(configured, TokenFromEnv) {
		if err := o.ValidToken(c.Token.Reveal()); err != nil {
			r.complain("N8N_API_TOKEN", "%v. %s", err, TokenOptions)
		}
	}
	if o.Token && c.TokenSource == TokenFromVault && !c.Vault.login() {
		r.complain("VAULT_TOKEN", "there is no login to Vault: give VAULT_TOKEN, or VAULT_ROLE_ID and "+
			"VAULT_SECRET_ID; each may be in a file, such as VAULT_TOKEN_FILE")
	}
}

// vault reads where the secret is and how to log in. It does not read the files, because each login
// does.
func (r *reader) vault() Vault {
	value := func(name string) (secret.Value, string) {
		value := strings.TrimSpace(r.getenv(name))
		r.unquoted(name, value)
		return secret.New(value), r.plain(name + "_FILE")
	}
	v := Vault{Address: r.text("VAULT_ADDR"), KVPath: r.text("VAULT_KV_PATH"), Field: r.text("VAULT_KV_FIELD")}
	v.SkipVerify = r.flag("VAULT_SKIP_VERIFY")
	v.Token, v.TokenFile = value("VAULT_TOKEN")
	v.RoleID, v.RoleIDFile = value("VAULT_ROLE_ID")
	v.SecretID, v.SecretIDFile = value("VAULT_SECRET_ID")
	return v
}

// login reports whether any login is configured.
func (v Vault) login() bool {
	return !v.Token.IsZero() || v.TokenFile != "" || !v.RoleID.IsZero() || v.RoleIDFile != "" ||
		!v.SecretID.IsZero() || v.SecretIDFile != ""
}
