package vault

import (
	"context"
	"net/http"
	"time"

	"namets/internal/secret"
)

// logIn ensures that there is a session, and renews it when it is due. It reports whether the
// session is new.
func (p *Provider) logIn(ctx context.Context) (loggedIn bool, err error) {
	if p.session.token.IsZero() || p.method.replaced(p.session) {
		return true, p.logInAgain(ctx)
	}
	if !p.session.due(p.now()) || p.renew(ctx) {
		return false, nil
	}
	// Renewal has ended. The session is used until a new login works or a read gets a 403.
	return p.logInAgain(ctx) == nil, nil
}

func (p *Provider) logInAgain(ctx context.Context) error {
	s, err := p.method.login(ctx, p.link, p.now())
	if err != nil {
		return err
	}
	p.session, p.loggedIn = s, s.known
	return nil
}

// renew reports whether the session continues: Vault has extended it by at least a third of its
// first lease, or could not be reached and is tried again at the next call.
func (p *Provider) renew(ctx context.Context) bool {
	a, err := p.link.call(ctx, p.session.token, http.MethodPut, "auth/token/renew-self", struct{}{})
	if err != nil || a.status >= http.StatusInternalServerError || a.status == http.StatusTooManyRequests {
		return true
	}
	if a.status != http.StatusOK || a.Auth == nil {
		return false
	}
	lease := time.Duration(a.Auth.LeaseDuration) * time.Second
	if lease < p.session.lease/3 {
		return false
	}
	p.session.renewAt = newSession(secret.Value{}, lease, p.now()).renewAt
	return true
}
