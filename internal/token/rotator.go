package token

import (
	"context"
	"errors"

	"namets/internal/secret"
)

// ErrUncertain says that a [Rotator] got no clear answer: the new token may be in force, now or in
// a moment.
var ErrUncertain = errors.New("it is not known whether the new token was written")

// A Rotator writes a new token to where a [Provider] reads it.
//
// Rotate writes next in one step. It is safe for concurrent use and returns when ctx ends. Its
// errors wrap the sentinels of a provider: ErrInvalid when next cannot be the token, ErrConfig
// when only the operator can fix it, ErrUnavailable when it was not possible now. Nothing was
// written then, unless the error wraps ErrUncertain too. They contain no part of a secret.
type Rotator interface {
	Rotate(ctx context.Context, next secret.Value, o RotateOptions) (Rotation, error)
}

// RotateOptions say how to write a new token.
type RotateOptions struct {
	// Now ends every overlap at once, where the place of the token can say so: see Rotation.Alone.
	Now bool
}

// Rotation says what a [Rotator] has written.
type Rotation struct {
	// Version is what Fetch will return as version; empty when the place counts none, or tells it
	// only to who reads.
	Version string
	// Created says that there was nothing, or something that was deleted: what was stored with
	// the token is gone.
	Created bool
	// Alone says that Fetch will return RevokePrevious. Without it the caller that wanted
	// RotateOptions.Now has to note elsewhere that the token before is refused.
	Alone bool
}

// FileRotator writes the token into the file that a [FileProvider] reads.
type FileRotator struct {
	path string
}

// NewFileRotator returns a rotator of the content of the file at path. It does not touch the file.
func NewFileRotator(path string) *FileRotator { return &FileRotator{path: path} }

// Rotate is [RotateFile]. A file holds nothing but the token, so that Alone is never set.
func (r *FileRotator) Rotate(ctx context.Context, next secret.Value, _ RotateOptions) (Rotation, error) {
	if err := ctx.Err(); err != nil {
		return Rotation{}, errors.Join(ErrUnavailable, err)
	}
	return Rotation{}, RotateFile(r.path, next)
}
