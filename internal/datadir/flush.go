package datadir

import (
	"errors"
	"os"
	"runtime"
)

// Flush waits until a file or directory is on the disk. Windows keeps directories by itself, and
// flushes what is open for writing.
func Flush(path string) error {
	mode := os.O_RDONLY
	if runtime.GOOS == "windows" {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return err
		}
		mode = os.O_RDWR
	}
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
