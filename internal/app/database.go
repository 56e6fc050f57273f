package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// openDatabase opens the directory's database and starts its backups.
func (a *App) openDatabase(ctx context.Context) (err error) {
	a.keeper = newKeeper(a.cfg, a.dir, a.log)
	if err := a.dir.ClearUploads(); err != nil {
		a.log.Warn("files that people sent lie in DATA_DIR still", "error", err)
	}
	a.db, err = openMigrating(ctx, a.cfg, a.dir, a.keeper, func() error { return nil })
	if err != nil {
		return err
	}
	a.closeLater(a.db.Close)
	a.keeper.Make = a.db.Backup
	a.keeper.Failed = a.alertOfBackup
	return nil
}

// alertOfBackup queues the alert that the daily backup failed.
func (a *App) alertOfBackup(ctx context.Context) {
	alert := namets.NewAlert(namets.BackupFailed, "backup", "The daily backup failed. namets tries again every hour; "+
		"its log says why.")
	if err := a.db.QueueAlert(ctx, alert); err != nil {
		a.log.Error("the alert that the daily backup failed cannot be queued", "error", err)
	}
}

// openMigrating opens the directory's database. It creates one only if there is no trace of an
// earlier one. Before a migration it calls allowed, whose error prevents it, and makes a backup.
func openMigrating(ctx context.Context, cfg *config.Config, dir datadir.Dir, keeper *backup.Keeper,
	allowed func() error) (*sqlite.DB, error) {
	if err := mayBeNew(dir, keeper); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, sqlite.Config{
		Path:   dir.Database(),
		Zone:   cfg.Zone,
		Legacy: openForm(cfg),
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

// mayBeNew returns an error if there is no database but something from which it could be restored:
// an empty database would hide that nothing is lost.
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

// openForCommand is [openMigrating] for a command that writes. It does not migrate while an older
// namets serves, and prevents one from starting while it does.
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

// UseDatabase opens the directory's database for fn, for a command that writes.
func UseDatabase(ctx context.Context, cfg *config.Config, dir datadir.Dir, fn func(*sqlite.DB) error) (err error) {
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

// WithDatabase opens the database of the configured directory, which must exist, for fn, for a
// command that writes.
func WithDatabase(ctx context.Context, cfg *config.Config, fn func(*sqlite.DB) error) error {
	dir, err := OpenExisting(cfg)
	if err != nil {
		return err
	}
	return UseDatabase(ctx, cfg, dir, fn)
}

// ReadDatabase is [WithDatabase] for a command that only reads. It does not migrate, and reads an
// older database as far as possible.
func ReadDatabase(ctx context.Context, cfg *config.Config, fn func(*sqlite.DB) error) (err error) {
	dir, err := OpenExisting(cfg)
	if err != nil {
		return err
	}
	db, err := sqlite.OpenReadOnly(ctx, sqlite.Config{Path: dir.Database(), Zone: cfg.Zone, Legacy: openForm(cfg)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Explain(ctx, fn(db))
}
