package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"namets/internal/backup"
	"namets/internal/namets"
	"namets/web/admin/system"
)

// adminBackups are the keeper's backups as the admin sees them.
type adminBackups struct{ keeper *backup.Keeper }

// downloads is the name pattern of the directories for copies.
const downloads = ".download-*"

// newAdminBackups removes the copies of a killed process.
func newAdminBackups(keeper *backup.Keeper) adminBackups {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(keeper.Dir), downloads))
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
	return adminBackups{keeper}
}

// Off reports whether no backups are made.
func (b adminBackups) Off() bool { return b.keeper.Keep == 0 }

// List returns the backups and the replaced databases, newest first.
func (b adminBackups) List() ([]system.Backup, error) {
	files, err := b.keeper.Copies()
	list := make([]system.Backup, len(files))
	for i, f := range files {
		list[i] = system.Backup{Name: filepath.Base(f.Path), Kind: f.Kind.Text(), Replaced: f.Kind == backup.Replaced,
			Made: f.Made, Size: f.Size}
	}
	return list, err
}

// Save makes a backup. Errors: Conflict if no backups are made.
func (b adminBackups) Save(ctx context.Context) error {
	path, err := b.keeper.Save(string(backup.ByHand), func(path string) error { return b.keeper.Make(ctx, path) })
	if err == nil && path == "" {
		err = &namets.Error{Code: namets.Conflict, Message: "no backups are kept"}
	}
	return err
}

// Copy makes a copy in a directory of its own next to the database, where there is space for it.
// The returned file no longer has a name, and is gone once it is closed.
func (b adminBackups) Copy(ctx context.Context) (file io.ReadCloser, size int64, err error) {
	dir, err := os.MkdirTemp(filepath.Dir(b.keeper.Dir), downloads)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "namets.db")
	if err := b.keeper.Make(ctx, path); err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}
