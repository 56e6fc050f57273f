package datadir

import (
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// locked is the file that the serving process locks. On Windows nobody can read a locked file, so
// it differs from the one that describes the process.
func (d Dir) locked() string { return filepath.Join(d.path, "namets.serving") }

// databaseLock is the lock for opening the database. Windows does not lock directories.
func (d Dir) databaseLock() *flock.Flock {
	return flock.New(filepath.Join(d.path, "namets.open"), flock.SetFlag(os.O_RDWR|os.O_CREATE))
}
