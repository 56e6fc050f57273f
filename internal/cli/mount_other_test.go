//go:build !linux

package cli

import (
	"errors"
	"os"
	"testing"
)

// mountMemory is for Linux.
func mountMemory(*testing.T, string, string) error { return errors.ErrUnsupported }

// allocate is for Linux.
func allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }
