package sqlite

import (
	"errors"
	"io"
	"os"
)

// claimPartial makes an empty file for a copy to be written to and keeps it open until it is
// closed: nobody can remove what is open. A lock would also keep SQLite from writing it.
func claimPartial(path string) (io.Closer, error) {
	if err := ignoreMissing(os.Remove(path)); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// discard removes a copy that failed, which Windows refuses while it is open.
func discard(claim io.Closer, partial string) error {
	_ = claim.Close()
	return ignoreMissing(os.Remove(partial))
}

// publish gives the finished copy its name, which Windows refuses while it is open.
func publish(claim io.Closer, partial, to string) error {
	return errors.Join(claim.Close(), os.Rename(partial, to))
}
