//go:build unix

package sqlite

import (
	"errors"
	"io"
	"os"

	"github.com/gofrs/flock"
)

// claimPartial creates an empty file for a copy, which only its owner may read, and locks it until
// it is closed. A partial file without a lock was left behind by a process that was killed.
func claimPartial(path string) (io.Closer, error) {
	if err := ignoreMissing(os.Remove(path)); err != nil {
		return nil, err
	}
	claim := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE|os.O_EXCL), flock.SetPermissions(0o600))
	got, err := claim.TryLock()
	if err == nil && !got {
		err = errors.New("another process has locked it")
	}
	if err != nil {
		return nil, err
	}
	return claim, nil
}

// discard removes a failed copy.
func discard(_ io.Closer, partial string) error { return ignoreMissing(os.Remove(partial)) }

// publish renames the finished copy while it is still locked, so that it is never mistaken for a
// leftover.
func publish(_ io.Closer, partial, to string) error { return os.Rename(partial, to) }
