package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
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
	fix := "create a volume (fly volumes create data --size 1), mount it in fly.toml ([mounts] source = \"data\", " +
		"destination = \"/data\")"
	if cfg.Platform == config.Render {
		fix = "add a disk to the service (in render.yaml: disk: {name: data, mountPath: /data, sizeGB: 1})"
	}
	return usagef("DATA_DIR: %s is not on a mounted disk, and %s wipes it at every deploy: %s and set DATA_DIR=/data; "+
		"or set ALLOW_EPHEMERAL_DATA=true to lose the data knowingly", dir.Path(), cfg.Platform, fix)
}

// newKeeper returns the keeper of the directory's backups. Its Make is set when there is a
// database to copy.
func newKeeper(cfg *config.Config, dir datadir.Dir, log *slog.Logger) *backup.Keeper {
	return &backup.Keeper{Dir: dir.Backups(), Database: dir.Database(), Keep: cfg.BackupKeep, Now: time.Now, Log: log}
}

// quietKeeper is newKeeper for commands, which report what fails by themselves.
func quietKeeper(cfg *config.Config, dir datadir.Dir) *backup.Keeper {
	return newKeeper(cfg, dir, slog.New(slog.DiscardHandler))
}

// openDatabase opens the directory's database for serve. When the schema is about to change, it is
// backed up first. It makes one only where there is no trace of an earlier one.
func openDatabase(ctx context.Context, cfg *config.Config, dir datadir.Dir, keeper *backup.Keeper) (*sqlite.DB, error) {
	return openMigrating(ctx, cfg, dir, keeper, func() error { return nil })
}

// openMigrating is openDatabase that calls allowed before it changes the schema of rows that are
// there; its error stops that.
func openMigrating(ctx context.Context, cfg *config.Config, dir datadir.Dir, keeper *backup.Keeper,
	allowed func() error) (*sqlite.DB, error) {
	if err := mayBeNew(dir, keeper); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, sqlite.Config{
		Path: dir.Database(),
		Zone: cfg.Zone,
		BeforeMigration: func(version int, copyTo func(path string) error) error {
			if err := allowed(); err != nil {
				return err
			}
			if _, err := keeper.Save(fmt.Sprintf("%s-%d", backup.BeforeMigration, version+1), copyTo); err != nil {
				return fmt.Errorf("back it up: %w", err)
			}
			return nil
		},
	})
}

// mayBeNew returns an error when there is no database and something lies there from which it could
// come back: an empty one would look as if all was lost, and hide that it is not.
func mayBeNew(dir datadir.Dir, keeper *backup.Keeper) error {
	if _, err := os.Lstat(dir.Database()); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	remains, err := keeper.Remains()
	if err != nil || len(remains) == 0 {
		return err
	}
	var list strings.Builder
	for _, path := range remains {
		list.WriteString("\n  " + path)
	}
	return fmt.Errorf("there is no database at %s, but copies of one lie there:%s\n"+
		"No empty one is made next to them. To go on with a copy, run \"namets restore FILE\" with the best of them, "+
		"instead of the service where the service is the machine; "+
		"a file called …%s may be incomplete. To begin with an empty database, move all of them to another directory",
		dir.Database(), list.String(), ".restoring")
}

// openForCommand is openDatabase for a command that writes. It does not change the schema under a
// namets that serves, which is an older program then, and keeps one from starting while it does.
func openForCommand(ctx context.Context, cfg *config.Config, dir datadir.Dir) (db *sqlite.DB, err error) {
	var lock *datadir.Lock
	defer func() {
		if lock != nil {
			err = errors.Join(err, lock.Release())
		}
	}()
	return openMigrating(ctx, cfg, dir, quietKeeper(cfg, dir), func() (err error) {
		lock, err = dir.Lock(time.Now())
		if e, ok := errors.AsType[*datadir.LockedError](err); ok {
			return fmt.Errorf("%s serves it and is an older program than this one, so nothing was changed: use that "+
				"program for this command, "+
				"or stop it and start this one's \"namets serve\" first", e.Who())
		}
		return err
	})
}

// useDatabase opens the directory's database for fn, on behalf of a command that writes.
func useDatabase(ctx context.Context, cfg *config.Config, dir datadir.Dir, fn func(*sqlite.DB) error) (err error) {
	use, err := dir.Use(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, use.Release()) }()
	db, err := openForCommand(ctx, cfg, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(db)
}

// withDatabase opens the database of the configured directory, which must exist, for fn, on behalf
// of a command that writes.
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

// readDatabase is withDatabase for a command that only reads: nothing is migrated, and what an
// older program has made is read as far as this one can.
func readDatabase(ctx context.Context, in *invocation, fn func(*config.Config, *sqlite.DB) error) (err error) {
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	dir, err := openExistingData(cfg)
	if err != nil {
		return err
	}
	db, err := sqlite.OpenReadOnly(ctx, sqlite.Config{Path: dir.Database(), Zone: cfg.Zone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Explain(ctx, fn(cfg, db))
}
