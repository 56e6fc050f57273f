//go:build unix

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// accessDirectory returns nil if this process may create files in the directory.
func accessDirectory(path string) error { return unix.Access(path, unix.R_OK|unix.W_OK|unix.X_OK) }

// accessFile returns nil if this process may read and write the file.
func accessFile(path string) error { return unix.Access(path, unix.R_OK|unix.W_OK) }

// ownerOf returns the uid of a file's owner.
func ownerOf(info fs.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.Itoa(int(stat.Uid))
	}
	return "unknown"
}

// BecomeOwner makes uid (and the group with the same number) the owner of the directory at path and
// everything in it, creates the directory if it is missing, and then switches this process, which
// must be root's, to uid for good. Call it before anything else: open files keep the rights with
// which they were opened.
func BecomeOwner(path string, uid int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // uid must be able to pass through it
		return explain(path, err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return explain(path, err)
	}
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = give(name, entry, uid)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a process that serves the directory has removed it meanwhile
		}
		return err
	})
	if errors.Is(err, syscall.EROFS) {
		return explain(path, err)
	}
	if err != nil {
		return fmt.Errorf("give DATA_DIR to uid %d: %w; %s", uid, err, withoutRights)
	}
	// The order matters: without uid 0, a process may change neither its groups nor its gid.
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(uid), syscall.Setuid(uid)); err != nil {
		return fmt.Errorf("become uid %d: %w; %s", uid, err, withoutRights)
	}
	return nil
}

// withoutRights explains the error of a root user without root's capabilities.
const withoutRights = "leave CAP_CHOWN, CAP_SETUID and CAP_SETGID to the container, or start it as the user that " +
	"DATA_DIR belongs to"

// give makes uid the owner of the file, or of a link itself, not its target.
func give(name string, entry fs.DirEntry, uid int) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) == uid && int(stat.Gid) == uid {
		return nil
	}
	return os.Lchown(name, uid, uid)
}
