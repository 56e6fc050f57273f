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

// ErrMoved says that the database's files are no longer those that this process has open. What it
// writes then goes to files that have no name any more and ends with the process.
var ErrMoved = errors.New("the database's files were replaced or removed")

// openFiles are the files that this process has open: the database, its write-ahead log and the
// index of that. SQLite does not see in WAL mode when one of them is replaced or removed;
// these are compared by device and inode.
type openFiles struct {
	paths  []string
	opened []fs.FileInfo
	once   sync.Once
	// Closed for good when one of them was seen to be another: only a new start opens the right
	// ones
	moved chan struct{}
}

// remember notes which files are open now. Other connections of this process may come and go: it
// keeps one open.
func (f *openFiles) remember(path string) {
	f.moved = make(chan struct{})
	if runtime.GOOS == "windows" { // nobody can replace or remove a file there that is open
		return
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err == nil {
			f.paths, f.opened = append(f.paths, name), append(f.opened, info)
		}
	}
}

// check returns an error once any of the files was seen to be another one. It takes some
// microseconds. What only cannot be looked at, for want of a right or because the disk does not
// answer, counts as unmoved.
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

// Moved returns a channel that is closed when the database's files are no longer those that this
// process has open: at the latest 50 ms afterwards while [DB.Watch] runs, and before the next
// write is acknowledged. From then on every write is refused with [ErrMoved] until the process is
// started again.
func (db *DB) Moved() <-chan struct{} { return db.engine.files.moved }
