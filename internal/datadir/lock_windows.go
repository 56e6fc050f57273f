package datadir

import (
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// locked is the file that the serving process locks. Windows lets nobody read what is locked, so
// that it is another one than the one that says who the process is.
func (d Dir) locked() string { return filepath.Join(d.path, "namets.serving") }

// databaseLock is the lock of who opens the database. Windows does not lock directories.
func (d Dir) databaseLock() *flock.Flock {
	return flock.New(filepath.Join(d.path, "namets.open"), flock.SetFlag(os.O_RDWR|os.O_CREATE))
}
