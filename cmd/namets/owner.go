package main

import (
	"os"

	"namets/internal/config"
	"namets/internal/datadir"
)

// becomeOwner turns root's process into the configured user's, once. What it opens later belongs to that user: a command
// that root runs in the container must not leave files that the serving process cannot write.
func becomeOwner(cfg *config.Config) error {
	if cfg.RunAs == 0 || os.Geteuid() != 0 {
		return nil
	}
	return datadir.BecomeOwner(cfg.DataDir, cfg.RunAs)
}
