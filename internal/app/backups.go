package app

import (
	"context"
	"log/slog"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
)

// newKeeper returns the keeper of the directory's backups. Set its Make if there is a database to
// copy.
func newKeeper(cfg *config.Config, dir datadir.Dir, log *slog.Logger) *backup.Keeper {
	return &backup.Keeper{Dir: dir.Backups(), Database: dir.Database(), Keep: cfg.BackupKeep, Now: time.Now, Log: log}
}

// quietKeeper is newKeeper for commands, which report failures themselves.
func quietKeeper(cfg *config.Config, dir datadir.Dir) *backup.Keeper {
	return newKeeper(cfg, dir, slog.New(slog.DiscardHandler))
}

// CopyDatabase copies the database of the configured directory, while it is in use, to the file,
// which must not exist.
func CopyDatabase(ctx context.Context, cfg *config.Config, file string) error {
	dir, err := OpenExisting(cfg)
	if err != nil {
		return err
	}
	return sqlite.Copy(ctx, dir.Database(), file)
}

// BackUp is [CopyDatabase] to a new file among the backups. It returns its path.
func BackUp(ctx context.Context, cfg *config.Config) (path string, err error) {
	dir, err := OpenExisting(cfg)
	if err != nil {
		return "", err
	}
	write := func(path string) error { return sqlite.Copy(ctx, dir.Database(), path) }
	keeper := quietKeeper(cfg, dir)
	keeper.Keep = max(keeper.Keep, 1) // asked for by hand, it is made whatever BACKUP_KEEP says
	return keeper.Save(string(backup.ByHand), write)
}

// Copies returns all copies of the database in the configured directory, newest first.
func Copies(cfg *config.Config) ([]backup.File, error) {
	dir, err := OpenExisting(cfg)
	if err != nil {
		return nil, err
	}
	return quietKeeper(cfg, dir).Copies()
}
