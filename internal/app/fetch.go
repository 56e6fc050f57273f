package app

import (
	"context"
	"time"

	"namets/internal/config"
	"namets/internal/token"
)

// FetchTimeout limits a command's request to the token source, to n8n or to a serving process.
const FetchTimeout = 10 * time.Second

// FetchToken asks the configured source once.
func FetchToken(ctx context.Context, cfg *config.Config) (token.Set, error) {
	provider, err := NewProvider(cfg)
	if err != nil {
		return token.Set{}, err
	}
	return FetchFrom(ctx, cfg, provider)
}

// FetchFrom asks provider once. Like a serving namets, it accepts a known token that the rules
// would refuse.
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
