package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// replacedInfix is between the database's name and the time of the restore in the name of a
// replaced database.
const replacedInfix = ".replaced-"

// replacedRetention is how long a replaced database is kept: long enough to find out what a restore
// has lost.
const replacedRetention = 30 * 24 * time.Hour

// Replaced returns the replaced databases, newest first, each with the total size of its files.
// There are none if Database is empty.
func (k *Keeper) Replaced() ([]File, error) {
	found, err := k.replacedFiles()
	var files []File
	for _, p := range found {
		if n := len(files); n > 0 && strings.HasPrefix(p.Path, files[n-1].Path+"-") { // its log or the log's index
			files[n-1].Size += p.Size
			continue
		}
		files = append(files, p)
	}
	sortNewestFirst(files)
	return files, err
}

// replacedFiles returns the files of replaced databases, by name: a log comes after its database.
func (k *Keeper) replacedFiles() ([]File, error) {
	if k.Database == "" {
		return nil, nil
	}
	dir, prefix := filepath.Dir(k.Database), filepath.Base(k.Database)+replacedInfix
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, err
	}
	var found []File
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), prefix)
		if !ok || len(rest) < len(stamp) {
			continue
		}
		made, err := time.Parse(stamp, rest[:len(stamp)])
		info, infoErr := e.Info()
		if err != nil || infoErr != nil || !info.Mode().IsRegular() {
			continue
		}
		found = append(found, File{filepath.Join(dir, e.Name()), Replaced, made, info.Size()})
	}
	return found, nil
}

// removeReplaced removes expired replaced databases with their logs, and returns their names.
func (k *Keeper) removeReplaced() (removed []string, err error) {
	found, err := k.replacedFiles()
	errs := []error{err}
	for _, p := range found {
		if k.Now().Sub(p.Made) <= replacedRetention {
			continue
		}
		if err := os.Remove(p.Path); err != nil {
			errs = append(errs, err)
		} else {
			removed = append(removed, filepath.Base(p.Path))
		}
	}
	return removed, errors.Join(errs...)
}
