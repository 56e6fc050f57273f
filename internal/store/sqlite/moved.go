package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"

	"namets/internal/namets"
)

// ErrMoved means that the files at the database's paths are no longer those that this process has
// open. Anything that it writes goes to unlinked files, which disappear when the process ends.
var ErrMoved = errors.New("the database's files were replaced or removed")

// openFiles are the files that this process has open: the database, its write-ahead log and the
// index of the log. In WAL mode SQLite does not notice if one of them is replaced or removed, so
// they are compared by device and inode.
type openFiles struct {
	paths  []string
	opened []fs.FileInfo
	once   sync.Once
	// moved is closed once one of the files has been replaced or removed, and stays closed: only a
	// restart opens the right files.
	moved chan struct{}
}

// remember records which files are open now. Other connections of this process may be opened and
// closed, because one always stays open.
func (f *openFiles) remember(path string) {
	f.moved = make(chan struct{})
	if runtime.GOOS == "windows" { // Windows does not let anybody replace or remove open files
		return
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err == nil {
			f.paths, f.opened = append(f.paths, name), append(f.opened, info)
		}
	}
}

// check returns an error if any of the files has ever been replaced or removed. It takes a few
// microseconds. A file that cannot be checked, because of its permissions or because the disk does
// not respond, counts as not moved.
func (f *openFiles) check() error {
	select {
	case <-f.moved:
		return errUnwritable()
	default:
	}
	for i, path := range f.paths {
		info, err := os.Stat(path)
		gone := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
		if gone || err == nil && !os.SameFile(info, f.opened[i]) {
			f.once.Do(func() { close(f.moved) })
			return errUnwritable()
		}
	}
	return nil
}

func errUnwritable() error {
	return &namets.Error{Code: namets.Unavailable, Err: ErrMoved,
		Message: "the database's files were replaced or removed while namets serves: nothing is written until " +
			"it is started again"}
}

// Moved returns a channel that is closed once the database's files are no longer those that this
// process has open: within 50 ms while [DB.Watch] runs, and in any case before the next write is
// acknowledged. After that every write returns [ErrMoved] until the process is restarted.
func (db *DB) Moved() <-chan struct{} { return db.engine.files.moved }
