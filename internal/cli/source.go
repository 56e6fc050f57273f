package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"namets/internal/config"
	"namets/internal/store/sqlite"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// newProvider returns what reads the API token from where the configuration says.
func newProvider(cfg *config.Config) (token.Provider, error) {
	switch cfg.TokenSource {
	case config.TokenFromFile:
		return token.NewFile(cfg.TokenFile), nil
	case config.TokenFromEnv:
		return token.NewEnv(cfg.Token), nil
	case config.TokenFromVault:
		return newVault(cfg.Vault)
	}
	return nil, fmt.Errorf("%w: there is no token source %q", token.ErrConfig, cfg.TokenSource)
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

// newRotator returns what writes a new token to where the provider reads it; nil: only the host
// can change it.
func newRotator(cfg *config.Config, provider token.Provider) token.Rotator {
	if cfg.TokenSource == config.TokenFromFile {
		return token.NewFileRotator(cfg.TokenFile)
	}
	if r, ok := provider.(token.Rotator); ok {
		return r
	}
	return nil
}

// tokenSource is the source of the API token, with what can change the token there; nil: nothing
// in this process.
type tokenSource struct {
	*token.Source
	rotator token.Rotator
}

// startTokenSource returns the source of the API token, which keeps its history in the database,
// after its first answer.
func startTokenSource(ctx context.Context, cfg *config.Config, log *slog.Logger, db *sqlite.DB) (tokenSource, error) {
	provider, err := newProvider(cfg)
	if err != nil {
		return tokenSource{}, usageError{err}
	}
	kept := &tokenHistory{db: db, log: log}
	c := token.Config{
		Provider: provider,
		Name:     string(cfg.TokenSource),
		Overlap:  cfg.TokenOverlap,
		History:  kept,
		OnChange: kept.recordChange,
		Log:      log,
	}
	if cfg.TokenSource != config.TokenFromEnv {
		c.Interval = cfg.ReloadInterval
	}
	if cfg.TokenSource == config.TokenFromFile {
		c.Provider = revocable{provider, db.RevokedBefore}
	}
	source := token.New(c)
	err = source.Start(ctx)
	switch {
	case errors.Is(err, token.ErrInvalid):
		err = usagef("%w. %s", err, config.TokenOptions)
	case errors.Is(err, token.ErrConfig):
		err = usageError{err}
	}
	return tokenSource{source, newRotator(cfg, provider)}, err
}

// revocable adds to what a provider delivers whether "token rotate --now" has ended the overlap of
// the token before it.
type revocable struct {
	token.Provider
	revokedBefore func(context.Context) (fingerprint string, err error)
}

// Fetch implements token.Provider. When the database does not answer, the overlap goes on until it
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

// atHangup calls first and then reload at each signal until ctx ends. It does not wait for reload
// before the next signal, as the source that it asks may hang, but before it returns.
func atHangup(ctx context.Context, hangup <-chan os.Signal, first, reload func()) error {
	var reloads sync.WaitGroup
	defer reloads.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
			first()
			reloads.Go(reload)
		}
	}
}
