package app

import (
	"context"
	"time"

	"namets/internal/config"
	"namets/internal/token"
)

// FetchTimeout bounds what a command asks of the token's source, of n8n and of a serving process.
const FetchTimeout = 10 * time.Second

// FetchToken asks the configured source once.
func FetchToken(ctx context.Context, cfg *config.Config) (token.Set, error) {
	provider, err := NewProvider(cfg)
	if err != nil {
		return token.Set{}, err
	}
	return FetchFrom(ctx, cfg, provider)
}

// FetchFrom asks provider once. As a serving namets does, it takes a token that the rules refuse
// when it is known already.
func FetchFrom(ctx context.Context, cfg *config.Config, provider token.Provider) (token.Set, error) {
	ctx, cancel := context.WithTimeout(ctx, FetchTimeout)
	defer cancel()
	set, err := provider.Fetch(ctx)
	return overlook(ctx, cfg.DataDir, set, err)
}

// TokenLocation names the configured source for people.
func TokenLocation(cfg *config.Config) string {
	switch cfg.TokenSource {
	case config.TokenFromFile:
		return "The file " + cfg.TokenFile
	case config.TokenFromVault:
		return "The secret " + cfg.Vault.KVPath + " in Vault"
	}
	return "The variable N8N_API_TOKEN"
}
