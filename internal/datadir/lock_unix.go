//go:build unix

package datadir

import (
	"os"

	"github.com/gofrs/flock"
)

// locked is the file that the serving process locks: the one that says who it is.
func (d Dir) locked() string { return d.lockFile() }

// databaseLock is the lock of who opens the database: the directory itself, which needs no file.
func (d Dir) databaseLock() *flock.Flock { return flock.New(d.path, flock.SetFlag(os.O_RDONLY)) }
