package cli

import (
	"context"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/store/sqlite"
)

// withDatabase calls fn with the database of the configured directory, which must exist, for a
// command that writes.
func withDatabase(ctx context.Context, in *invocation, fn func(*config.Config, *sqlite.DB) error) error {
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	return app.WithDatabase(ctx, cfg, func(db *sqlite.DB) error { return fn(cfg, db) })
}

// readDatabase is withDatabase for a command that only reads.
func readDatabase(ctx context.Context, in *invocation, fn func(*config.Config, *sqlite.DB) error) error {
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	return app.ReadDatabase(ctx, cfg, func(db *sqlite.DB) error { return fn(cfg, db) })
}
