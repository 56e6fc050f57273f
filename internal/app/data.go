package app

import (
	"context"
	"errors"
	"time"

	"namets/internal/config"
	"namets/internal/datadir"
)

// takeDirectory opens the data directory and locks it for this process.
func (a *App) takeDirectory(context.Context) (err error) {
	if a.dir, err = OpenData(a.cfg); err != nil {
		return err
	}
	if err := checkMounted(a.cfg, a.dir); err != nil {
		return err
	}
	if a.lock, err = a.dir.Lock(time.Now()); err != nil {
		return err
	}
	a.closeLater(a.lock.Release)
	return nil
}

// OpenData switches to the user that owns the configured directory, and opens it.
func OpenData(cfg *config.Config) (datadir.Dir, error) {
	if err := becomeOwner(cfg); err != nil {
		return datadir.Dir{}, err
	}
	return datadir.Open(cfg.DataDir)
}

// OpenExisting is [OpenData] for commands that need an existing database.
func OpenExisting(cfg *config.Config) (datadir.Dir, error) {
	if err := becomeOwner(cfg); err != nil {
		return datadir.Dir{}, err
	}
	return datadir.Existing(cfg.DataDir)
}

// checkMounted refuses a directory that the platform would wipe.
func checkMounted(cfg *config.Config, dir datadir.Dir) error {
	if cfg.Platform == config.Other || cfg.AllowEphemeralData {
		return nil
	}
	err := dir.CheckMounted()
	if !errors.Is(err, datadir.ErrEphemeral) {
		return err
	}
	fix := "create a volume (fly volumes create data --size 1), mount it in fly.toml ([mounts] source = \"data\", " +
		"destination = \"/data\")"
	if cfg.Platform == config.Render {
		fix = "add a disk to the service (in render.yaml: disk: {name: data, mountPath: /data, sizeGB: 1})"
	}
	return configErrorf("DATA_DIR: %s is not on a mounted disk, and %s wipes it at every deploy: %s and set "+
		"DATA_DIR=/data; or set ALLOW_EPHEMERAL_DATA=true to lose the data knowingly", dir.Path(), cfg.Platform, fix)
}
