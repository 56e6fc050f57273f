//go:build unix

package sqlite

import (
	"errors"
	"io"
	"os"

	"github.com/gofrs/flock"
)

// claimPartial makes an empty file, which only its owner may read, for a copy to be written to,
// and locks it until it is closed: a part that nobody holds is what a process that was killed has
// left behind.
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

// discard removes a copy that failed.
func discard(_ io.Closer, partial string) error { return ignoreMissing(os.Remove(partial)) }

// publish gives the finished copy its name, while nobody can take it for something left behind.
func publish(_ io.Closer, partial, to string) error { return os.Rename(partial, to) }
