package app

import (
	"os"

	"namets/internal/config"
	"namets/internal/datadir"
)

// becomeOwner switches a process of root to the configured user, once. What it opens later belongs
// to that user: a command that root runs in the container must not leave files that the serving
// process cannot write.
func becomeOwner(cfg *config.Config) error { return become(cfg.RunAs, cfg.DataDir) }

// becomeOwnerFirst is becomeOwner before the configuration and its files of secrets are read: a
// file that only root can read would work at the start and fail at the first SIGHUP.
func becomeOwnerFirst(getenv func(string) string) error { return become(config.RunAs(getenv)) }

func become(uid int, dataDir string) error {
	if uid == 0 || os.Geteuid() > 0 { // -1 on Windows, where the directory says that it cannot be done
		return nil
	}
	return datadir.BecomeOwner(dataDir, uid)
}
