//go:build unix

package backup

import (
	"errors"
	"os"

	"github.com/gofrs/flock"
)

// removeUnused removes the half copy at path, unless a process has locked it to write it, and
// reports whether it did.
func removeUnused(path string) bool {
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	if free, err := lock.TryLock(); err != nil || !free {
		return false
	}
	err := os.Remove(path)
	return errors.Join(err, lock.Close()) == nil
}
