//go:build unix

package token

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"namets/internal/secret"
)

// giveToOwner makes f belong to the user and the group to whom like belongs.
func giveToOwner(f *os.File, like fs.FileInfo) error {
	stat, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(stat.Uid), int(stat.Gid)); err != nil {
		return fmt.Errorf("it belongs to uid %d and gid %d, and this process (uid %d) cannot make another file "+
			"that does; run the command as that user: %w", stat.Uid, stat.Gid, os.Geteuid(), secret.WithoutPath(err))
	}
	return nil
}
