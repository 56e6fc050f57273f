package app

import (
	"context"

	"namets/internal/config"
)

// ReadConfig becomes the user that owns the data directory, when it is root's process, and reads
// the configuration of a process that serves. A token that the rules refuse passes when the
// database in DATA_DIR knows it.
func ReadConfig(ctx context.Context, getenv func(string) string, terminal bool) (*config.Config, error) {
	if err := becomeOwnerFirst(getenv); err != nil {
		return nil, err
	}
	return config.Load(getenv, config.Options{Token: true, ValidToken: validToken(ctx, getenv), Terminal: terminal})
}
