package token

import (
	"context"
	"fmt"
	"time"

	"namets/internal/secret"
)

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
	content, changed, err := secret.ReadFile(p.path)
	if err != nil {
		return Set{}, fmt.Errorf("%w: read token file %s: %w", fileSentinel(err), p.path, err)
	}
	set := Set{Version: changed.Format(time.RFC3339Nano), Created: changed}
	if set.Token, err = Parse(string(content)); err != nil {
		return Set{}, fmt.Errorf("token file %s: %w", p.path, Doubted(err, set))
	}
	return set, nil
}

// fileSentinel returns the sentinel for a read error.
func fileSentinel(err error) error {
	if secret.Lasting(err) {
		return ErrConfig
	}
	return ErrUnavailable
}
