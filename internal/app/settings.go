package app

import (
	"context"

	"namets/internal/config"
)

// ReadConfig switches a process of root to the owner of the data directory, and reads the
// configuration of a serving process. It accepts a token that the rules refuse if the database in
// DATA_DIR knows it.
func ReadConfig(ctx context.Context, getenv func(string) string, terminal bool) (*config.Config, error) {
	if err := becomeOwnerFirst(getenv); err != nil {
		return nil, err
	}
	return config.Load(getenv, config.Options{Token: true, ValidToken: validToken(ctx, getenv), Terminal: terminal})
}
