// Package backup keeps copies of the database: one a day, those that people ask for, and one
// before each migration and each restore; of each [Kind] the newest ones. It also puts one back.
// It knows files and times; how a copy is made and checked is storage's.
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

// stamp is the form of the time in a backup's name; names sort by time.
const stamp = "20060102T150405.000Z"

// Keeper keeps the backups of one directory.
type Keeper struct {
	// Dir is made when the first backup is.
	Dir string
	// Database is the file whose replaced predecessors are listed, and removed 30 days after a
	// restore; empty: none are.
	Database string
	// Keep is how many daily backups stay, and how many of the other kinds at most (see
	// [Kind.Keeps]); above it the oldest are removed. 0: none is made.
	Keep int
	// Make writes a whole and checked copy of the database to a path that does not exist.
	Make func(ctx context.Context, path string) error
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger

	mu   sync.Mutex
	last Result
}

// Result is what came of an attempt to make a backup.
type Result struct {
	At  time.Time // zero: this process has not tried yet
	Err error     // nil: it was made
}

// Last returns what came of this process's last attempt of any kind.
func (k *Keeper) Last() Result {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

const (
	retryAfter = time.Hour      // a backup that failed is tried again
	interval   = 24 * time.Hour // between two daily backups, and between two looks for what has to go
)

// Run makes a backup whenever the newest daily one is a day old, and removes replaced databases
// after their time, until ctx ends; then it returns nil. A backup that fails is logged and tried
// again an hour later.
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

// tidy removes the replaced databases whose time is over.
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

// untilNext is the time until the newest daily backup is a day old; not positive when one is due.
// Backups of other kinds put none off. Without backups it is a day.
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

// past leaves out the files from times that are still to come. They were made while the clock was
// wrong: they neither keep a backup from being due nor take the place of one.
func (k *Keeper) past(files []File) []File {
	now := k.Now()
	return slices.DeleteFunc(files, func(f File) bool { return f.Made.After(now) })
}

// Save makes a backup with a name of its own and returns its path. The label is in the name
// and begins with the word of its [Kind]; empty: a daily one. Those of the kind above their number
// are removed. With Keep 0 it does nothing.
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

// prune removes the oldest backups of the kind above their number.
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

// removeLeftovers removes the half copies of processes that were killed: those that nobody holds
// who writes them. What cannot be removed stays for the next time.
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
