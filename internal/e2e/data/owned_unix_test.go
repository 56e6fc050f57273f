//go:build unix

package data_test

import (
	"os"
	"syscall"
)

// isOwnedBy reports whether a file belongs to the user with that id.
func isOwnedBy(info os.FileInfo, uid uint32) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == uid
}
