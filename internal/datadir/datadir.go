// Package datadir manages the directory with everything that must survive a restart: the database,
// its backups, and the lock that allows one process at a time to serve it.
//
// It refuses directories that would lose data later: one that cannot be written and, on a platform
// that wipes its disks at every deploy, one that is not on a mounted volume.
package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir is a data directory that exists and can be written.
type Dir struct{ path string }

// Open returns the directory at path. It creates the directory, readable only by its owner, if it
// does not exist. Its error names the path, its owner, this process's user and what to do.
func Open(path string) (Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Dir{}, explain(path, err)
	}
	probe, err := os.CreateTemp(path, ".namets-probe-")
	if err != nil {
		return Dir{}, explain(path, err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return Dir{}, explain(path, err)
	}
	d := Dir{path}
	return d, d.checkFiles()
}

// Planned returns the directory that [Open] would create at path, without creating it. Its error
// says why Open could not.
func Planned(path string) (Dir, error) {
	above, err := existing(path)
	if err == nil {
		err = accessDirectory(above)
	}
	if err != nil {
		return Dir{}, explain(path, err)
	}
	return Dir{path}, nil
}

// checkFiles returns an error for a file in the directory that belongs to another user. SQLite
// would silently open a database that it cannot write, and fail at the first change.
func (d Dir) checkFiles() error {
	db := d.Database()
	if info, err := os.Stat(db); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("DATA_DIR %s cannot be used: %s is not a file; the database is there: move away what "+
			"does now", d.path, db)
	}
	for _, name := range []string{db, db + "-wal", db + "-shm", d.lockFile()} {
		err := accessFile(name)
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist):
		case errors.Is(err, fs.ErrPermission):
			return d.foreign(name)
		default:
			return explain(d.path, err)
		}
	}
	return nil
}

// foreign says whose file prevents the use of the directory.
func (d Dir) foreign(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return explain(d.path, err)
	}
	uid := os.Geteuid()
	return fmt.Errorf("DATA_DIR %s cannot be used: %s belongs to uid %s with mode %s, and this process is uid %d; "+
		"run \"chown -R %d %s\", "+
		"or run namets as uid %s", d.path, name, ownerOf(info), info.Mode().Perm(), uid, uid, d.path, ownerOf(info))
}

// existing returns path, or its nearest existing parent directory.
func existing(path string) (string, error) {
	path, err := filepath.Abs(path)
	for err == nil {
		if _, err = os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			break
		}
		path, err = filepath.Dir(path), nil
	}
	return path, err
}

// ErrNoDatabase means that a directory contains no database.
var ErrNoDatabase = errors.New("there is no database")

// Existing returns the directory at path, which must contain a database.
func Existing(path string) (Dir, error) {
	d := Dir{path}
	if _, err := os.Stat(d.Database()); errors.Is(err, fs.ErrNotExist) {
		return Dir{}, fmt.Errorf("%w at %s: set DATA_DIR to the directory that holds it", ErrNoDatabase, d.Database())
	}
	return Open(path)
}

// Path returns the directory's path as it was given.
func (d Dir) Path() string { return d.path }

// Database returns the path of the database file.
func (d Dir) Database() string { return filepath.Join(d.path, "namets.db") }

// Backups returns the path of the directory of backups.
func (d Dir) Backups() string { return filepath.Join(d.path, "backups") }

// Uploads returns the directory for uploaded files while they are processed. It may not exist.
func (d Dir) Uploads() string { return filepath.Join(d.path, "uploads") }

// UploadPattern is the name pattern of such a file, for [os.CreateTemp].
const UploadPattern = "namets-upload-*"

// ClearUploads removes files left by a killed process. Only the holder of the lock may call it.
func (d Dir) ClearUploads() error {
	left, err := filepath.Glob(filepath.Join(d.Uploads(), UploadPattern))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return fmt.Errorf("remove uploads that were left over: %w", err)
	}
	return nil
}

func (d Dir) lockFile() string { return filepath.Join(d.path, "namets.lock") }

// explain says why path cannot be used and how to fix it.
func explain(path string, err error) error {
	if abs, absErr := filepath.Abs(path); absErr == nil {
		path = abs
	}
	info, statErr := os.Stat(path)
	switch {
	case statErr == nil && !info.IsDir(), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("DATA_DIR %s is not a directory: set DATA_DIR to one, or remove the file that is there",
			path)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("DATA_DIR %s: the disk is full: make room, or give the volume more space", path)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("DATA_DIR %s is on a read-only file system: mount a volume that can be written there", path)
	case !errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("DATA_DIR %s cannot be used: %w", path, err)
	}
	uid := os.Geteuid()
	if statErr != nil {
		return unmakeable(path, uid, err)
	}
	owner := ownerOf(info)
	return fmt.Errorf("DATA_DIR %s cannot be written: it belongs to uid %s with mode %s, and this process is uid %d; "+
		"run \"chown -R %d %s\", "+
		"or run namets as uid %s", path, owner, info.Mode().Perm(), uid, uid, path, owner)
}

// unmakeable says why the missing directory at path cannot be created. Its parent belongs to
// somebody else, perhaps as the root directory of the machine, so it does not advise to change the
// owner of that.
func unmakeable(path string, uid int, err error) error {
	above := path
	for above != filepath.Dir(above) {
		above = filepath.Dir(above)
		if info, statErr := os.Stat(above); statErr == nil {
			return fmt.Errorf("DATA_DIR %s is missing and cannot be made: %s belongs to uid %s with mode %s, and "+
				"this process is uid %d; "+
				"run \"mkdir -p %s && chown %d %s\", or run namets as uid %s", path, above, ownerOf(info),
				info.Mode().Perm(), uid, path, uid, path, ownerOf(info))
		}
	}
	return fmt.Errorf("DATA_DIR %s cannot be used: %w", path, err)
}
