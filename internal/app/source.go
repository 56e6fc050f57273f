package app

import (
	"context"
	"errors"
	"time"

	"namets/internal/auth"
	"namets/internal/config"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// NewProvider returns the configured provider of the API token. Its error is a [ConfigError].
func NewProvider(cfg *config.Config) (token.Provider, error) {
	switch cfg.TokenSource {
	case config.TokenFromFile:
		return token.NewFile(cfg.TokenFile), nil
	case config.TokenFromEnv:
		return token.NewEnv(cfg.Token), nil
	case config.TokenFromVault:
		provider, err := newVault(cfg.Vault)
		if err != nil {
			return nil, ConfigError{err}
		}
		return provider, nil
	}
	return nil, configErrorf("%w: there is no token source %q", token.ErrConfig, cfg.TokenSource)
}

// newVault returns the provider that reads the token from Vault and can rotate it there.
func newVault(v config.Vault) (*vault.Provider, error) {
	return vault.New(vault.Config{
		Address: v.Address, KVPath: v.KVPath, Field: v.Field,
		Token: v.Token, TokenFile: v.TokenFile,
		RoleID: v.RoleID, RoleIDFile: v.RoleIDFile,
		SecretID: v.SecretID, SecretIDFile: v.SecretIDFile,
	})
}

// NewRotator returns the rotator for the provider, or nil if only the host can change the token.
func NewRotator(cfg *config.Config, provider token.Provider) token.Rotator {
	if cfg.TokenSource == config.TokenFromFile {
		return token.NewFileRotator(cfg.TokenFile)
	}
	if r, ok := provider.(token.Rotator); ok {
		return r
	}
	return nil
}

// tokenSource is the source of the API token, with its rotator; nil if nothing in this process can
// change the token.
type tokenSource struct {
	*token.Source
	rotator token.Rotator
}

// startToken opens the named tokens and the source of the shared one, whose history is in the
// database, and waits for its first response.
func (a *App) startToken(ctx context.Context) error {
	cfg := a.cfg
	a.tokens = auth.NewNamedTokens(a.db, time.Now)
	provider, err := NewProvider(cfg)
	if err != nil {
		return err
	}
	kept := &tokenHistory{db: a.db, log: a.log}
	c := token.Config{
		Provider: provider,
		Name:     string(cfg.TokenSource),
		Overlap:  cfg.TokenOverlap,
		History:  kept,
		OnChange: kept.recordChange,
		Log:      a.log,
	}
	if cfg.TokenSource != config.TokenFromEnv {
		c.Interval = cfg.ReloadInterval
	}
	if cfg.TokenSource == config.TokenFromFile {
		c.Provider = revocable{provider, a.db.RevokedBefore}
	}
	a.token = tokenSource{token.New(c), NewRotator(cfg, provider)}
	err = a.token.Start(ctx)
	switch {
	case errors.Is(err, token.ErrInvalid):
		return configErrorf("%w. %s", err, config.TokenOptions)
	case errors.Is(err, token.ErrConfig):
		return ConfigError{err}
	}
	return err
}

// revocable adds to the provider's set whether "token rotate --now" has ended the overlap of the
// previous token.
type revocable struct {
	token.Provider
	revokedBefore func(context.Context) (fingerprint string, err error)
}

// Fetch implements token.Provider. If the database does not respond, the overlap continues until it
// does.
func (r revocable) Fetch(ctx context.Context) (token.Set, error) {
	set, err := r.Provider.Fetch(ctx)
	delivered := &set
	if doubt, ok := errors.AsType[*token.Doubt](err); ok {
		delivered = &doubt.Set
	}
	if fingerprint, err := r.revokedBefore(ctx); err == nil && fingerprint != "" &&
		fingerprint == delivered.Token.Fingerprint() {
		delivered.RevokePrevious = true
	}
	return set, err
}
