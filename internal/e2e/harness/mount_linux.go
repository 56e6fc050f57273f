package harness

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// MountMemory mounts a file system in memory at path until the test ends.
func MountMemory(t *testing.T, path, options string) error {
	t.Helper()
	if err := unix.Mount("namets-test", path, "tmpfs", 0, options); err != nil {
		return err
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return nil
}

// Allocate allocates that many bytes of the disk for the file.
func Allocate(f *os.File, offset, size int64) error {
	return unix.Fallocate(int(f.Fd()), 0, offset, size)
}
