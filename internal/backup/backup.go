// Package backup makes and keeps copies of the database: daily ones, those that people ask for, and
// one before each migration and each restore. It keeps the newest of each [Kind]. It also restores
// one. It knows files and times; the store copies and checks databases.
package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// stamp is the format of the time in a backup's name, so that names sort by time.
const stamp = "20060102T150405.000Z"

// Keeper keeps the backups of one directory.
type Keeper struct {
	// Dir is created with the first backup.
	Dir string
	// Database is the file whose replaced predecessors are listed, and removed 30 days after a
	// restore. Empty means none.
	Database string
	// Keep is the number of daily backups to keep, and the upper limit for the other kinds (see
	// [Kind.Keeps]). Older ones are removed. 0 makes no backups.
	Keep int
	// Make writes a complete, checked copy of the database to a path that does not exist.
	Make func(ctx context.Context, path string) error
	// Failed is called when a daily backup has failed and the one before had not; nil for nobody.
	Failed func(ctx context.Context)
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger

	mu   sync.Mutex
	last Result
}

// Result is the result of an attempt to make a backup.
type Result struct {
	At  time.Time // zero: this process has not tried yet
	Err error     // nil: it was made
}

// Last returns the result of this process's last attempt of any kind.
func (k *Keeper) Last() Result {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

const (
	retryAfter = time.Hour      // a backup that failed is tried again
	interval   = 24 * time.Hour // between two daily backups, and between two looks for what has to go
)

// Run makes a backup whenever the newest daily one is a day old, and removes expired replaced
// databases, until ctx ends; then it returns nil. It logs a failed backup and retries an hour
// later.
func (k *Keeper) Run(ctx context.Context) error {
	if k.Keep == 0 && k.Database == "" {
		return nil
	}
	k.removeLeftovers()
	for {
		k.tidy()
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

// tidy removes the replaced databases that have expired.
func (k *Keeper) tidy() {
	removed, err := k.removeReplaced()
	if err != nil {
		k.Log.Error("remove replaced databases", "error", err)
	}
	if len(removed) > 0 {
		k.Log.Info("replaced databases removed", "older_than", replacedRetention.String(), "files", removed)
	}
}

// daily makes a backup and returns how long to wait until the next one.
func (k *Keeper) daily(ctx context.Context) time.Duration {
	failing := k.Last().Err != nil
	path, err := k.Save("", func(path string) error { return k.Make(ctx, path) })
	if err != nil {
		if ctx.Err() == nil {
			k.Log.Error("the daily backup failed", "error", err, "next_try", retryAfter.String())
			if k.Failed != nil && !failing {
				k.Failed(ctx)
			}
		}
		return retryAfter
	}
	k.Log.Info("backup made", "file", filepath.Base(path))
	return max(k.untilNext(), time.Minute)
}

// untilNext is the time until the newest daily backup is a day old; it is not positive if one is
// due. Backups of other kinds do not count. Without backups it is a day.
func (k *Keeper) untilNext() time.Duration {
	if k.Keep == 0 {
		return interval
	}
	files, err := k.List()
	files = slices.DeleteFunc(k.past(files), func(f File) bool { return f.Kind != Daily })
	if err != nil || len(files) == 0 {
		return 0
	}
	return files[0].Made.Add(interval).Sub(k.Now())
}

// past leaves out files with times in the future. They were made with a wrong clock, so they must
// neither delay a backup nor count as one to keep.
func (k *Keeper) past(files []File) []File {
	now := k.Now()
	return slices.DeleteFunc(files, func(f File) bool { return f.Made.After(now) })
}

// Save makes a backup and returns its path. Its name contains the label, which begins with the word
// of its [Kind]; an empty label makes a daily one. Backups of that kind beyond their number are
// removed. With Keep 0 it does nothing.
func (k *Keeper) Save(label string, write func(path string) error) (path string, err error) {
	if k.Keep == 0 {
		return "", nil
	}
	path, err = k.save(label, write)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = Result{k.Now(), err}
	return path, err
}

func (k *Keeper) save(label string, write func(path string) error) (path string, err error) {
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
	return path, k.prune(kindOf(label))
}

// prune removes the oldest backups of the kind beyond their number.
func (k *Keeper) prune(kind Kind) error {
	files, err := k.List()
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(k.past(files), func(f File) bool { return f.Kind != kind })
	var errs []error
	if keep := kind.Keeps(k.Keep); keep >= 0 && len(files) > keep {
		for _, f := range files[keep:] {
			errs = append(errs, os.Remove(f.Path))
		}
	}
	return errors.Join(errs...)
}

// removeLeftovers removes partial copies of killed processes: the files that no writer has locked.
// What cannot be removed stays for the next time.
func (k *Keeper) removeLeftovers() {
	entries, _ := os.ReadDir(k.Dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "namets-") || !strings.HasSuffix(e.Name(), ".db.part") {
			continue
		}
		partial := filepath.Join(k.Dir, e.Name())
		if removeUnused(partial) {
			_ = os.Remove(partial + "-journal")
		}
	}
}
