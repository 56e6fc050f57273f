//go:build !linux

package harness

import (
	"errors"
	"os"
	"testing"
)

// MountMemory is for Linux.
func MountMemory(*testing.T, string, string) error { return errors.ErrUnsupported }

// Allocate is for Linux.
func Allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }
