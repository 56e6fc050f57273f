package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
)

// session is a login to Vault.
type session struct {
	token secret.Value
	// lease is the token's lifetime when the session began; 0 means infinite or unknown.
	lease time.Duration
	// renewAt is when to renew: after a third of the remaining lifetime; zero means never.
	// Renewal happens at the next fetch, so the rest has to outlast the time until the fetch after
	// it.
	renewAt time.Time
	// known means that Vault has confirmed the token.
	known bool
}

func newSession(vaultToken secret.Value, lease time.Duration, now time.Time) session {
	s := session{token: vaultToken, lease: lease}
	if lease > 0 {
		s.renewAt = now.Add(lease / 3)
	}
	return s
}

func (s session) due(now time.Time) bool { return !s.renewAt.IsZero() && !now.Before(s.renewAt) }

// method is a way to log in.
type method interface {
	// login returns a new session. Its error wraps one of the provider's sentinels.
	login(ctx context.Context, l *link, now time.Time) (session, error)
	// replaced reports whether there is another token than s's, without asking Vault.
	replaced(s session) bool
	// denied explains a 403 in a new session.
	denied(ctx context.Context, l *link, s session) string
}

// newMethod returns the login method that c configures.
func newMethod(c Config) (method, error) {
	fixed := tokenLogin{source{name: "the Vault token", value: c.Token, file: c.TokenFile}}
	role := appRole{
		role:   source{name: "the AppRole's role ID", value: c.RoleID, file: c.RoleIDFile},
		secret: source{name: "the AppRole's secret ID", value: c.SecretID, file: c.SecretIDFile},
	}
	const options = "give a Vault token (VAULT_TOKEN or VAULT_TOKEN_FILE) or an AppRole (VAULT_ROLE_ID and " +
		"VAULT_SECRET_ID, or their files)"
	for _, both := range []bool{
		!c.Token.IsZero() && c.TokenFile != "",
		!c.RoleID.IsZero() && c.RoleIDFile != "",
		!c.SecretID.IsZero() && c.SecretIDFile != "",
		fixed.given() && (role.role.given() || role.secret.given()),
	} {
		if both {
			return nil, errors.New("more than one login to Vault is configured: " + options)
		}
	}
	switch {
	case fixed.given():
		return fixed, nil
	case role.role.given() && role.secret.given():
		return role, nil
	case role.role.given() || role.secret.given():
		return nil, errors.New("half of an AppRole is configured: give both its role ID and its secret ID")
	}
	return nil, errors.New("no login to Vault is configured: " + options)
}

// tokenLogin uses an existing token: fixed, or in a file that may change.
type tokenLogin struct {
	source
}

func (t tokenLogin) login(ctx context.Context, l *link, now time.Time) (session, error) {
	vaultToken, err := t.read()
	if err != nil {
		return session{}, err
	}
	a, err := l.call(ctx, vaultToken, http.MethodGet, "auth/token/lookup-self", nil)
	if err != nil {
		return session{}, fmt.Errorf("%w: %w", token.ErrUnavailable, err)
	}
	if a.status == http.StatusForbidden { // worthless, or not allowed to look at itself: the read will tell
		return newSession(vaultToken, 0, now), nil
	}
	renewable, _ := a.Data["renewable"].(bool)
	number, _ := a.Data["ttl"].(json.Number)
	seconds, err := number.Int64()
	if a.status != http.StatusOK || err != nil {
		return session{}, fmt.Errorf("%w: look up the Vault token: %s", token.ErrUnavailable, meaning(a.status))
	}
	if !renewable {
		seconds = 0
	}
	s := newSession(vaultToken, time.Duration(seconds)*time.Second, now)
	s.known = true
	return s, nil
}

// replaced is true if the file contains another token. While the file cannot be read, its last
// token stays in use.
func (t tokenLogin) replaced(s session) bool {
	current, err := t.read()
	return err == nil && !current.Equal(s.token)
}

func (t tokenLogin) denied(ctx context.Context, l *link, s session) string {
	if a, err := l.call(ctx, s.token, http.MethodGet, "auth/token/lookup-self", nil); err == nil &&
		a.status == http.StatusOK {
		return "the Vault token is valid, but its policy does not allow it, or there is no such path"
	}
	return "the Vault token has expired or was revoked (then give another one), or its policy does not allow it, or " +
		"there is no such path"
}

// appRole logs in with a role ID and a secret ID.
type appRole struct {
	role, secret source
}

func (r appRole) login(ctx context.Context, l *link, now time.Time) (session, error) {
	role, err := r.role.read()
	if err != nil {
		return session{}, err
	}
	secretID, err := r.secret.read()
	if err != nil {
		return session{}, err
	}
	a, err := l.call(ctx, secret.Value{}, http.MethodPut, "auth/approle/login",
		map[string]string{"role_id": role.Reveal(), "secret_id": secretID.Reveal()})
	switch {
	case err != nil:
		return session{}, fmt.Errorf("%w: %w", token.ErrUnavailable, err)
	case a.status == http.StatusBadRequest || a.status == http.StatusForbidden || a.status == http.StatusNotFound:
		return session{}, fmt.Errorf("%w: vault refused the AppRole (%d): the role ID or the secret ID is wrong, has "+
			"expired or is used up (a new one: vault write -f auth/approle/role/NAME/secret-id), or AppRole is not "+
			"enabled there (vault auth enable approle)", token.ErrConfig, a.status)
	case a.status != http.StatusOK || a.Auth == nil || a.Auth.ClientToken == "":
		return session{}, fmt.Errorf("%w: the login with the AppRole brought no token: %s", token.ErrUnavailable,
			meaning(a.status))
	}
	s := newSession(secret.New(a.Auth.ClientToken), time.Duration(a.Auth.LeaseDuration)*time.Second, now)
	s.known = true
	return s, nil
}

func (appRole) replaced(session) bool { return false }

func (appRole) denied(context.Context, *link, session) string {
	return "the AppRole's policy does not allow it, or there is no such path"
}
