package app

import (
	"os"

	"namets/internal/config"
	"namets/internal/datadir"
)

// becomeOwner turns root's process into the configured user's, once. What it opens later belongs
// to that user: a command that root runs in the container must not leave files that the serving
// process cannot write.
func becomeOwner(cfg *config.Config) error { return become(cfg.RunAs, cfg.DataDir) }

// becomeOwnerFirst is becomeOwner before the configuration is read, and with it the files that
// hold secrets: what only root may read would be there at the start and gone at the first SIGHUP.
func becomeOwnerFirst(getenv func(string) string) error { return become(config.RunAs(getenv)) }

func become(uid int, dataDir string) error {
	if uid == 0 || os.Geteuid() > 0 { // -1 on Windows, where the directory says that it cannot be done
		return nil
	}
	return datadir.BecomeOwner(dataDir, uid)
}
