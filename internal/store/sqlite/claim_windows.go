package sqlite

import (
	"errors"
	"io"
	"os"
)

// claimPartial creates an empty file for a copy and keeps it open until it is closed, because
// Windows does not remove open files. A lock would also prevent SQLite from writing.
func claimPartial(path string) (io.Closer, error) {
	if err := ignoreMissing(os.Remove(path)); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// discard closes and removes a failed copy. Windows refuses to remove an open file.
func discard(claim io.Closer, partial string) error {
	_ = claim.Close()
	return ignoreMissing(os.Remove(partial))
}

// publish closes and renames the finished copy. Windows refuses to rename an open file.
func publish(claim io.Closer, partial, to string) error {
	return errors.Join(claim.Close(), os.Rename(partial, to))
}
