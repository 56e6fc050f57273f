package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"namets/internal/datadir"
)

// incomingSuffix is the end of the name of a database that is being restored, until it is complete.
const incomingSuffix = ".restoring"

// logs returns the suffixes of SQLite's log files. Applied to another database, they would ruin it.
func logs() []string { return []string{"-wal", "-shm", "-journal"} }

// Restoration replaces a database with another one.
type Restoration struct {
	// Database is the path of the database to replace, if it exists.
	Database string
	// Now is the time in the name of the replaced database.
	Now time.Time
	// Settle makes the replaced database a single file, without a log next to it, and blocks
	// writers until release is called. damaged is the reason if the database is too damaged for
	// that; it is replaced anyway.
	Settle func(path string) (release func() error, damaged, err error)
	// Prepare writes the new database, complete and checked, to the path incoming, which does not
	// exist. It may read the database at replaced. replaced is empty if there is none or it is
	// damaged.
	Prepare func(incoming, replaced string, damaged error) error
}

// Run restores and returns the path of the replaced database, or "" if there was none. It must run
// alone: the caller holds the directory's lock. It is atomic: whether it is killed at any point or
// fails, after [Recover] the database is the unchanged old one or the new one.
//
// The new database is written and flushed next to the old one. The old one gets a second name, and
// then the new one takes its first name in one step. The old one's log is applied before, so that
// it is never applied to the new one.
func (r Restoration) Run() (replacedPath string, err error) {
	if err := Recover(r.Database); err != nil {
		return "", err
	}
	incoming := r.Database + incomingSuffix
	if err := removeIncoming(incoming); err != nil {
		return "", err
	}
	var damaged error
	replaced := ""
	if _, missing := os.Lstat(r.Database); missing == nil {
		var release func() error
		if release, damaged, err = r.Settle(r.Database); err != nil {
			return "", err
		}
		if damaged == nil {
			defer func() { err = errors.Join(err, release()) }()
			replaced = r.Database
		}
	}
	if err := r.Prepare(incoming, replaced, damaged); err != nil {
		return "", errors.Join(err, removeIncoming(incoming))
	}
	replacedPath, err = r.swap(incoming)
	if err != nil {
		err = errors.Join(err, Recover(r.Database))
	}
	return replacedPath, err
}

// swap puts the database at incoming in the place of the old one, which gets another name.
func (r Restoration) swap(incoming string) (replacedPath string, err error) {
	dir := filepath.Dir(r.Database)
	if err := errors.Join(datadir.Flush(incoming), datadir.Flush(dir)); err != nil {
		return "", fmt.Errorf("write the restored database to the disk: %w", err)
	}
	if _, err := os.Lstat(r.Database); err == nil {
		replacedPath = r.Database + replacedInfix + r.Now.UTC().Format(stamp)
		if err := secondName(r.Database, replacedPath); err != nil {
			return "", fmt.Errorf("keep the replaced database: %w", err)
		}
		// Only a damaged database still has a log.
		for _, suffix := range logs() {
			if err := os.Rename(r.Database+suffix, replacedPath+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", fmt.Errorf("keep the log of the replaced database: %w", err)
			}
		}
		if err := datadir.Flush(dir); err != nil {
			return "", fmt.Errorf("keep the replaced database: %w", err)
		}
	}
	if err := os.Rename(incoming, r.Database); err != nil {
		return "", fmt.Errorf("put the restored database in its place: %w", err)
	}
	return replacedPath, datadir.Flush(dir)
}

// secondName gives the file at path the second name other. If the file system has no links, other
// is a copy.
func secondName(path, other string) error {
	err := os.Link(path, other)
	for _, no := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EMLINK} {
		if errors.Is(err, no) {
			return copyFile(path, other)
		}
	}
	return err
}

// copyFile writes a complete copy, which gets its name last.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	partial := filepath.Join(filepath.Dir(to), strings.Split(filepath.Base(to), replacedInfix)[0]+incomingSuffix+".old")
	out, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return os.Rename(partial, to)
}

// Recover removes the leftovers of a killed restore, so that the database is the unchanged old one
// or the new one. It must run alone, like a restore. Without a database it does nothing, because
// the leftovers may be all there is.
func Recover(database string) error {
	info, err := os.Lstat(database)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := filepath.Glob(escape(database) + replacedInfix + "*")
	if err != nil {
		return err
	}
	for _, replacedPath := range names {
		other, err := os.Lstat(replacedPath)
		if err != nil || !os.SameFile(info, other) {
			continue
		}
		// The old database has its second name, and the new one was not in place yet.
		for _, suffix := range logs() {
			err = errors.Join(err, restoreName(replacedPath, database, suffix))
		}
		if err := errors.Join(err, os.Remove(replacedPath)); err != nil {
			return fmt.Errorf("undo a restore that was interrupted: %w", err)
		}
	}
	return removeIncoming(database + incomingSuffix)
}

// restoreName gives a file next to the database its name back, unless another file has it.
func restoreName(replacedPath, database, suffix string) error {
	if _, err := os.Lstat(database + suffix); err == nil {
		return nil
	}
	if err := os.Rename(replacedPath+suffix, database+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeIncoming removes a database that is being restored, and the files next to it.
func removeIncoming(incoming string) error {
	var errs []error
	for _, suffix := range []string{"", "-journal", "-wal", "-shm", ".part", ".part-journal", ".old"} {
		if err := os.Remove(incoming + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Remains returns what is there in place of a missing database, the most promising first: replaced
// databases, backups, and leftovers of a killed restore.
func (k *Keeper) Remains() (paths []string, err error) {
	if k.Database == "" {
		return nil, nil
	}
	replaced, err := k.Replaced()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	backups, err := filepath.Glob(filepath.Join(escape(k.Dir), "*.db"))
	if err != nil {
		return nil, err
	}
	files, err := k.List()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	for _, f := range files {
		add(f.Path)
	}
	for _, path := range backups {
		add(path)
	}
	for _, f := range replaced {
		add(f.Path)
	}
	others, err := filepath.Glob(escape(k.Database) + replacedInfix + "*") // with names that nobody but a person gives
	for _, path := range others {
		if !strings.HasSuffix(path, "-wal") && !strings.HasSuffix(path, "-shm") {
			add(path)
		}
	}
	if _, missing := os.Lstat(k.Database + incomingSuffix); missing == nil {
		add(k.Database + incomingSuffix)
	}
	return paths, err
}

// escape returns a pattern that matches only the path.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
