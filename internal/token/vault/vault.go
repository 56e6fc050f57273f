// Package vault reads the API token from HashiCorp Vault and writes a new one into it. It
// implements [token.Provider] on Vault's own client, which reads its environment (VAULT_ADDR,
// VAULT_NAMESPACE, VAULT_CACERT, VAULT_CLIENT_CERT, VAULT_TLS_SERVER_NAME, …) by itself; only this
// package imports that client.
//
// # What it promises
//
// The version of the KV engine and the mount's name are found out, also under a policy that allows
// nothing but to read the secret, and found out again when the mount was replaced. The provider
// renews its own login, logs in again when that ends or when a read is answered 403, and follows a
// token file and the AppRole's files as they change. It starts no goroutine, keeps no connection
// open, and every request has a deadline. It does not retry, it follows no redirect, so that no
// token reaches another host, and it reads at most 1 MiB of an answer. What a server answers never
// becomes part of an error, but for its status.
//
// # What counts as what
//
// Only what Vault itself says is definite; a proxy's page of whatever status is
// [token.ErrUnavailable], and so is everything that may pass: no connection, a deadline, a
// certificate that does not fit, sealed, 429, 5xx. A secret of KV version 2 that is deleted or
// destroyed is [token.ErrRevoked]. A path with nothing behind it (also: deleted from KV version 1,
// or with its metadata), a login that is refused, a 403 after a fresh login, and a missing key are
// [token.ErrConfig]. A value that cannot be the token is [token.ErrInvalid].
//
// # Keys of the secret
//
// The secret may also hold WEBHOOK_SECRET, the key that signs webhooks, and
// revoke_previous: while it is true (or the text "true", which is what "vault kv put" writes), a
// replaced token is refused at once whatever the overlap.
//
// # Policies
//
// For the secret namets in a mount named secret. To read with KV version 2:
//
//	path "secret/data/namets" { capabilities = ["read"] }
//
// To rotate as well, with KV version 2; "create" only serves to write a secret that was never
// there:
//
//	path "secret/data/namets" { capabilities = ["create", "read", "update"] }
//
// With KV version 1 the same without data/:
//
//	path "secret/namets" { capabilities = ["read"] }
//	path "secret/namets" { capabilities = ["create", "read", "update"] }
//
// Renewal uses auth/token/lookup-self and auth/token/renew-self, which the policy "default" allows
// to every login. Without it an AppRole logs in again instead; a fixed token is used until it
// expires.
package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
)

// Config configures the location of the token and the login. Set exactly one login: Token,
// TokenFile, or an AppRole.
type Config struct {
	// Address is the scheme, host and port of the server. Empty means the default of Vault's
	// client.
	Address string
	// KVPath is the mount and the path of the secret, with or without the data/ of KV version 2:
	// secret/namets. A path that begins with data/ in a mount of version 2 needs a second data/
	// here; in one of version 1 it is tried with and then without. Required.
	KVPath string
	// Field is the key of the token inside the secret. Empty means N8N_API_TOKEN.
	Field string

	// Token is a Vault token.
	Token secret.Value
	// TokenFile contains a Vault token and is read at each fetch, as Vault Agent's file sink writes
	// it.
	TokenFile string

	// RoleID and SecretID log in through auth/approle. Each may be in a file instead, which is read
	// at each login.
	RoleID       secret.Value
	RoleIDFile   string
	SecretID     secret.Value
	SecretIDFile string

	// Timeout limits each request to Vault; a context that ends earlier takes precedence. Zero
	// means 10 s.
	Timeout time.Duration
	// Now is the clock that decides when to renew. Nil means time.Now.
	Now func() time.Time
}

// The keys of the secret other than the token's.
const (
	defaultField  = "N8N_API_TOKEN"
	signingField  = "WEBHOOK_SECRET"
	revokingField = "revoke_previous"
)

// Provider reads and rotates the token in Vault. Its methods may be called from any goroutine. One
// at a time talks to Vault; the others wait for their turn or the end of their context.
type Provider struct {
	path   string // as configured, without slashes at its ends
	field  string
	method method
	now    func() time.Time

	fetchBy atomic.Int64 // see FetchBy; nanoseconds since 1970, 0: never

	semaphore chan struct{} // holds a value while somebody uses what follows
	link      *link
	session   session // the zero session: not logged in
	at        *mount  // nil: not found out yet

	loggedIn bool // the last login was one that Vault calls valid, also when it did not help
}

// New returns a provider without talking to Vault. Its error wraps [token.ErrConfig] and names what
// is wrong with c or with the environment of Vault's client.
func New(c Config) (*Provider, error) {
	p := &Provider{
		path:      strings.Trim(c.KVPath, "/"),
		field:     c.Field,
		now:       c.Now,
		semaphore: make(chan struct{}, 1),
	}
	if p.field == "" {
		p.field = defaultField
	}
	if p.now == nil {
		p.now = time.Now
	}
	if err := p.checkNames(); err != nil {
		return nil, fmt.Errorf("%w: %w", token.ErrConfig, err)
	}
	var err error
	if p.method, err = newMethod(c); err != nil {
		return nil, fmt.Errorf("%w: %w", token.ErrConfig, err)
	}
	if p.link, err = newLink(c.Address, c.Timeout); err != nil {
		return nil, fmt.Errorf("%w: %w", token.ErrConfig, err)
	}
	return p, nil
}

func (p *Provider) checkNames() error {
	if !strings.Contains(p.path, "/") {
		return fmt.Errorf("the KV path %q does not name a mount and a secret in it: give both, such as secret/namets",
			p.path)
	}
	for segment := range strings.SplitSeq(p.path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Errorf("the KV path %q holds an empty or a dot segment: give mount and path, such as "+
				"secret/namets", p.path)
		}
	}
	if p.field == signingField || p.field == revokingField {
		return fmt.Errorf("the key %s of the secret has another meaning: give the token another one, such as %s",
			p.field, defaultField)
	}
	return nil
}

// Fetch reads the secret and returns its token. Its errors wrap the sentinels as described in the
// package documentation. With KV version 2, Version is the number and the creation time; with
// version 1 it is empty.
func (p *Provider) Fetch(ctx context.Context) (token.Set, error) {
	if err := p.lock(ctx); err != nil {
		return token.Set{}, p.failure(token.ErrUnavailable, "read", err)
	}
	defer p.unlock()
	found, err := p.read(ctx)
	if err != nil {
		return token.Set{}, err
	}
	switch found.state {
	case missing:
		return token.Set{}, p.failure(token.ErrConfig, "read", p.nothingThere())
	case deleted:
		return token.Set{}, p.failure(token.ErrRevoked, "read", errDeleted)
	}
	set, err := p.set(found)
	if err != nil {
		return token.Set{}, fmt.Errorf("read %s from vault: %w", p.path, err)
	}
	return set, nil
}

var errDeleted = errors.New("it was deleted; undeleting it or writing it again lets requests in again")

// Worked describes in plain words the steps that have worked so far, for people who look for the
// one that does not.
func (p *Provider) Worked(ctx context.Context) []string {
	if p.lock(ctx) != nil {
		return nil
	}
	defer p.unlock()
	var worked []string
	if p.link.answered {
		worked = append(worked, fmt.Sprintf("Vault answers at %s.", p.link.address))
	}
	if p.loggedIn || p.at != nil {
		worked = append(worked, "The login to it works.")
	}
	if p.at != nil {
		worked = append(worked, fmt.Sprintf("KV version %d is mounted at %s.", p.at.version, p.at.path))
	}
	return worked
}

// lock waits until nobody else talks to Vault.
func (p *Provider) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.semaphore <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Provider) unlock() {
	by := int64(0)
	if at, now := p.session.renewAt, p.now(); at.After(now) {
		by = at.UnixNano()
	} else if !at.IsZero() { // what was due did not work
		by = now.Add(p.session.lease / 10).UnixNano()
	}
	p.fetchBy.Store(by)
	<-p.semaphore
}

// FetchBy implements [token.Keeper]: the next call renews the login if it is due. If renewal fails,
// it is tried again a tenth of the lifetime later.
func (p *Provider) FetchBy() time.Time {
	if by := p.fetchBy.Load(); by != 0 {
		return time.Unix(0, by)
	}
	return time.Time{}
}

// failure is an error of a call: its kind, the request, the response and the advice.
func (p *Provider) failure(kind error, act string, err error) error {
	return fmt.Errorf("%w: %s %s at vault %s: %w", kind, act, p.path, p.link.address, err)
}
