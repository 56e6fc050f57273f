// Package backup keeps copies of the database: one a day and one before each migration, the newest ones only. It also puts
// one back. It knows files and times; how a copy is made and checked is storage's.
package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// stamp is the form of the time in a backup's name; names sort by time.
const stamp = "20060102T150405.000Z"

// Keeper keeps the backups of one directory.
type Keeper struct {
	// Dir is made when the first backup is.
	Dir string
	// Keep is how many backups stay; above it the oldest are removed. 0: none is made.
	Keep int
	// Make writes a whole and checked copy of the database to a path that does not exist.
	Make func(ctx context.Context, path string) error
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger
}

// File is one backup.
type File struct {
	Path string
	Made time.Time
	Size int64 // bytes
}

// retryAfter is how long Run waits after a backup that failed.
const retryAfter = time.Hour

// Run makes a backup whenever the newest one is a day old, until ctx ends; then it returns nil. A backup that fails is
// logged and tried again an hour later.
func (k *Keeper) Run(ctx context.Context) error {
	if k.Keep == 0 {
		return nil
	}
	k.removeLeftovers()
	for {
		wait := k.untilNext()
		if wait <= 0 {
			wait = k.daily(ctx)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// daily makes a backup and returns how long to wait until the next one.
func (k *Keeper) daily(ctx context.Context) time.Duration {
	path, err := k.Save("", func(path string) error { return k.Make(ctx, path) })
	if err != nil {
		if ctx.Err() == nil {
			k.Log.Error("the daily backup failed", "error", err, "next_try", retryAfter.String())
		}
		return retryAfter
	}
	k.Log.Info("backup made", "file", filepath.Base(path))
	return max(k.untilNext(), time.Minute)
}

// untilNext is the time until the newest backup is a day old; not positive when one is due.
func (k *Keeper) untilNext() time.Duration {
	files, err := k.List()
	if files = k.past(files); err != nil || len(files) == 0 {
		return 0
	}
	return files[0].Made.Add(24 * time.Hour).Sub(k.Now())
}

// past leaves out the files from times that are still to come. They were made while the clock was wrong: they neither
// keep a backup from being due nor take the place of one.
func (k *Keeper) past(files []File) []File {
	now := k.Now()
	return slices.DeleteFunc(files, func(f File) bool { return f.Made.After(now) })
}

// Save makes a backup with a name of its own, in which label stands unless it is empty, removes those above the number to
// keep, and returns its path. With Keep 0 it does nothing.
func (k *Keeper) Save(label string, write func(path string) error) (path string, err error) {
	if k.Keep == 0 {
		return "", nil
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the directory of backups: %w", err)
	}
	k.removeLeftovers()
	name := "namets-" + k.Now().UTC().Format(stamp)
	if label != "" {
		name += "-" + label
	}
	path = filepath.Join(k.Dir, name+".db")
	if err := write(path); err != nil {
		return "", err
	}
	return path, k.prune()
}

func (k *Keeper) prune() error {
	files, err := k.List()
	if err != nil {
		return err
	}
	var errs []error
	for i, f := range k.past(files) {
		if i >= k.Keep {
			errs = append(errs, os.Remove(f.Path))
		}
	}
	return errors.Join(errs...)
}

// removeLeftovers removes the half copies of processes that were killed: the files that nobody has locked who writes
// them. What cannot be removed stays for the next time.
func (k *Keeper) removeLeftovers() {
	entries, _ := os.ReadDir(k.Dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "namets-") || !strings.HasSuffix(e.Name(), ".db.part") {
			continue
		}
		part := filepath.Join(k.Dir, e.Name())
		f, err := os.Open(part)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.Remove(part)
			_ = os.Remove(part + "-journal")
		}
		_ = f.Close()
	}
}

// List returns the backups, newest first. Files with other names are not backups.
func (k *Keeper) List() ([]File, error) {
	entries, err := os.ReadDir(k.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), "namets-")
		if !ok || !strings.HasSuffix(rest, ".db") || len(rest) < len(stamp) {
			continue
		}
		made, err := time.Parse(stamp, rest[:len(stamp)])
		info, infoErr := e.Info()
		if err != nil || infoErr != nil {
			continue
		}
		files = append(files, File{Path: filepath.Join(k.Dir, e.Name()), Made: made, Size: info.Size()})
	}
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(b.Made.Compare(a.Made), strings.Compare(b.Path, a.Path))
	})
	return files, nil
}
