//go:build unix

package datadir

import (
	"os"

	"github.com/gofrs/flock"
)

// locked is the file that the serving process locks: the one that describes it.
func (d Dir) locked() string { return d.lockFile() }

// databaseLock is the lock for opening the database: the directory itself, so that no file is
// needed.
func (d Dir) databaseLock() *flock.Flock { return flock.New(d.path, flock.SetFlag(os.O_RDONLY)) }
