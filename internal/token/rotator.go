package token

import (
	"context"
	"errors"

	"namets/internal/secret"
)

// ErrUncertain means that a [Rotator] got no clear response: the new token may be in force, now or
// in a moment.
var ErrUncertain = errors.New("it is not known whether the new token was written")

// A Rotator writes a new token to the place where a [Provider] reads it.
//
// Rotate writes next in one step. It is safe for concurrent use and returns when ctx ends. Its
// errors wrap the sentinels of a provider: ErrInvalid if next is not a valid token, ErrConfig if
// only the operator can fix it, ErrUnavailable if it was not possible now. Then nothing was
// written, unless the error also wraps ErrUncertain. Errors contain no part of a secret.
type Rotator interface {
	Rotate(ctx context.Context, next secret.Value, o RotateOptions) (Rotation, error)
}

// RotateOptions control the writing of a new token.
type RotateOptions struct {
	// Now ends every overlap at once, if the place of the token can store that: see Rotation.Alone.
	Now bool
}

// Rotation describes what a [Rotator] has written.
type Rotation struct {
	// Version is the version that Fetch will return; empty if the place has no versions, or reveals
	// them only to readers.
	Version string
	// Created means that there was nothing before, or something deleted: other values stored with
	// the token are lost.
	Created bool
	// Alone means that Fetch will return RevokePrevious. Without it, a caller that wanted
	// RotateOptions.Now has to record elsewhere that the previous token is refused.
	Alone bool
}

// FileRotator writes the token into the file that a [FileProvider] reads.
type FileRotator struct {
	path string
}

// NewFileRotator returns a rotator of the file at path. It does not access the file.
func NewFileRotator(path string) *FileRotator { return &FileRotator{path: path} }

// Rotate is [RotateFile]. A file contains only the token, so Alone is never set.
func (r *FileRotator) Rotate(ctx context.Context, next secret.Value, _ RotateOptions) (Rotation, error) {
	if err := ctx.Err(); err != nil {
		return Rotation{}, errors.Join(ErrUnavailable, err)
	}
	return Rotation{}, RotateFile(r.path, next)
}
