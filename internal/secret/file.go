package secret

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// maxFile is far above the longest secret; a file beyond it is some other file.
const maxFile = 64 << 10

// The errors of [ReadFile] besides those of the file system.
var (
	ErrNotRegular = errors.New("it is not a regular file; name the file that holds the secret")
	ErrTooLarge   = errors.New("it is larger than 64 KiB; name the file that holds nothing but the secret")
	ErrChanging   = errors.New("it changed while it was read")
)

// ReadFile returns the content of a file that holds a secret, without a byte order mark, and the
// time of its last change in UTC. It never blocks, follows symbolic links, and fails when the file
// changes meanwhile. Its errors do not contain the path.
func ReadFile(path string) (content []byte, changed time.Time, err error) {
	// O_NONBLOCK, because opening a pipe without a writer would block.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, time.Time{}, WithoutPath(err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, WithoutPath(err)
	}
	if !before.Mode().IsRegular() {
		return nil, time.Time{}, ErrNotRegular
	}
	content, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, time.Time{}, WithoutPath(err)
	}
	if len(content) > maxFile {
		return nil, time.Time{}, ErrTooLarge
	}
	after, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, WithoutPath(err)
	}
	if after.Size() != int64(len(content)) || !after.ModTime().Equal(before.ModTime()) {
		return nil, time.Time{}, ErrChanging
	}
	return bytes.TrimPrefix(content, []byte("\ufeff")), after.ModTime().UTC(), nil
}

// Lasting reports whether err, an error of [ReadFile], stays until somebody changes the path or the
// permissions. Others may pass: the file is not there yet, or is being written.
func Lasting(err error) bool {
	for _, lasting := range []error{ErrNotRegular, ErrTooLarge, fs.ErrPermission, syscall.EISDIR, syscall.ENOTDIR,
		syscall.ELOOP, syscall.ENAMETOOLONG, fs.ErrInvalid} {
		if errors.Is(err, lasting) {
			return true
		}
	}
	return false
}

// WithoutPath removes the path that package os puts into its errors, for a caller whose own error
// contains it.
func WithoutPath(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
