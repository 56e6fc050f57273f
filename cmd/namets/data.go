package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/sqlite"
)

// openData opens the configured directory after it has become the user that owns it.
func openData(cfg *config.Config) (datadir.Dir, error) {
	if err := becomeOwner(cfg); err != nil {
		return datadir.Dir{}, err
	}
	return datadir.Open(cfg.DataDir)
}

// openExistingData is openData for commands that are of no use without a database.
func openExistingData(cfg *config.Config) (datadir.Dir, error) {
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
	fix := "create a volume (fly volumes create data --size 1), mount it in fly.toml ([mounts] source = \"data\", destination = \"/data\")"
	if cfg.Platform == config.Render {
		fix = "add a disk to the service (in render.yaml: disk: {name: data, mountPath: /data, sizeGB: 1})"
	}
	return usagef("DATA_DIR: %s is not on a mounted disk, and %s wipes it at every deploy: %s and set DATA_DIR=/data; "+
		"or set ALLOW_EPHEMERAL_DATA=true to lose the data knowingly", dir.Path(), cfg.Platform, fix)
}

// newKeeper returns the keeper of the directory's backups. Its Make is set when there is a database to copy.
func newKeeper(cfg *config.Config, dir datadir.Dir, log *slog.Logger) *backup.Keeper {
	return &backup.Keeper{Dir: dir.Backups(), Database: dir.Database(), Keep: cfg.BackupKeep, Now: time.Now, Log: log}
}

// quietKeeper is newKeeper for commands, which report what fails by themselves.
func quietKeeper(cfg *config.Config, dir datadir.Dir) *backup.Keeper {
	return newKeeper(cfg, dir, slog.New(slog.DiscardHandler))
}

// openDatabase opens the directory's database. When the schema is about to change, it is backed up first.
func openDatabase(ctx context.Context, cfg *config.Config, dir datadir.Dir, keeper *backup.Keeper) (*sqlite.DB, error) {
	return sqlite.Open(ctx, sqlite.Config{
		Path: dir.Database(),
		Zone: cfg.Zone,
		BeforeMigration: func(version int, copyTo func(path string) error) error {
			_, err := keeper.Save(fmt.Sprintf("%s-%d", backup.BeforeMigration, version+1), copyTo)
			return err
		},
	})
}

// useDatabase opens the directory's database for fn, on behalf of a command.
func useDatabase(ctx context.Context, cfg *config.Config, dir datadir.Dir, fn func(*sqlite.DB) error) (err error) {
	db, err := openDatabase(ctx, cfg, dir, quietKeeper(cfg, dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(db)
}

// withDatabase opens the database of the configured directory, which must exist, for fn.
func withDatabase(ctx context.Context, in *invocation, fn func(*config.Config, *sqlite.DB) error) error {
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	dir, err := openExistingData(cfg)
	if err != nil {
		return err
	}
	return useDatabase(ctx, cfg, dir, func(db *sqlite.DB) error { return fn(cfg, db) })
}
