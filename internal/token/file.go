package token

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// maxFileSize is far above the length of any token; a larger file is some other file.
const maxFileSize = 64 << 10

// FileProvider reads the token from a file at each Fetch. It follows symbolic links, so it sees
// replaced links, as Kubernetes uses them, at the next Fetch.
type FileProvider struct {
	path string
}

// NewFile returns a provider of the content of the file at path. It does not access the file.
func NewFile(path string) *FileProvider { return &FileProvider{path: path} }

// Fetch returns the file's content without surrounding blanks and line ends. The version is the
// time of the last change.
//
// A file that is missing, or that changes while it is read, is ErrUnavailable: it never revokes the
// token. An empty file or an invalid value is ErrInvalid. A path that can never work (a directory,
// a pipe, a file that this process may not read, a file above 64 KiB) is ErrConfig. To change the
// file, write another one and rename it: half of a token, written in two steps, can look like a
// token.
func (p *FileProvider) Fetch(ctx context.Context) (Set, error) {
	if err := ctx.Err(); err != nil {
		return Set{}, fmt.Errorf("%w: read token file %s: %w", ErrUnavailable, p.path, err)
	}
	content, changed, err := p.read()
	if err != nil {
		return Set{}, fmt.Errorf("%w: read token file %s: %w", fileSentinel(err), p.path, err)
	}
	set := Set{Version: changed.Format(time.RFC3339Nano), Created: changed}
	if set.Token, err = Parse(string(content)); err != nil {
		return Set{}, fmt.Errorf("token file %s: %w", p.path, Doubted(err, set))
	}
	return set, nil
}

// read returns the content and the time of its last change in UTC.
func (p *FileProvider) read() ([]byte, time.Time, error) {
	// O_NONBLOCK, because opening a pipe without a writer would block.
	f, err := os.OpenFile(p.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, time.Time{}, withoutPath(err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, withoutPath(err)
	}
	if !before.Mode().IsRegular() {
		return nil, time.Time{}, errNotRegular
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, time.Time{}, withoutPath(err)
	}
	if len(content) > maxFileSize {
		return nil, time.Time{}, errTooLarge
	}
	after, err := f.Stat()
	if err != nil {
		return nil, time.Time{}, withoutPath(err)
	}
	if after.Size() != int64(len(content)) || !after.ModTime().Equal(before.ModTime()) {
		return nil, time.Time{}, errChanging
	}
	return bytes.TrimPrefix(content, []byte("\ufeff")), after.ModTime().UTC(), nil
}

var (
	errNotRegular = errors.New("it is not a regular file; name the file that holds the token")
	errTooLarge   = errors.New("it is larger than 64 KiB; name the file that holds nothing but the token")
	errChanging   = errors.New("it changed while it was read")
)

// fileSentinel returns the sentinel for a read error.
func fileSentinel(err error) error {
	for _, definite := range []error{errNotRegular, errTooLarge, fs.ErrPermission, syscall.EISDIR, syscall.ENOTDIR,
		syscall.ELOOP, syscall.ENAMETOOLONG, fs.ErrInvalid} {
		if errors.Is(err, definite) {
			return ErrConfig
		}
	}
	return ErrUnavailable
}

// withoutPath removes the path that package os puts into its errors, because ours already contain
// it.
func withoutPath(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
