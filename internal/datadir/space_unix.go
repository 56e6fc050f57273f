//go:build unix

package datadir

import "golang.org/x/sys/unix"

// spaceOf returns the space on the file system of path.
func spaceOf(path string) (Space, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return Space{}, err
	}
	block := int64(fs.Bsize) //nolint:unconvert // it is narrower on other systems
	return Space{Free: int64(fs.Bavail) * block, Total: int64(fs.Blocks) * block}, nil
}
