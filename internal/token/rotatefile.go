package token

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"namets/internal/secret"
)

// RotateFile writes next into the token file at path in one step: readers find the old token or the
// new one. Owner, group and mode are kept. The file has to exist, and its directory has to be
// writable.
//
// Its errors wrap ErrInvalid if next is not a valid token, ErrConfig if only the operator can fix
// it, and ErrUnavailable otherwise. The file is then unchanged.
func RotateFile(path string, next secret.Value) error {
	next, err := Parse(next.Reveal())
	if err != nil {
		return err
	}
	if err := replaceFile(path, next); err != nil {
		kind := ErrConfig
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EIO) {
			kind = ErrUnavailable
		}
		return fmt.Errorf("%w: write token file %s: nothing was changed: %w", kind, path, err)
	}
	return nil
}

// replaceFile creates a file next to the old one with the same attributes and the new content, and
// renames it over the old one.
func replaceFile(path string, next secret.Value) (err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return explainWrite(path, err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return errLink
	}
	if !info.Mode().IsRegular() {
		return secret.ErrNotRegular
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".token-*")
	if err != nil {
		return explainWrite(path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	err = errors.Join(fill(f, info, next), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return explainWrite(path, err)
	}
	if folder, err := os.Open(filepath.Dir(path)); err == nil { // the new token is in place also if this fails
		_ = errors.Join(folder.Sync(), folder.Close())
	}
	return nil
}

// fill gives f the owner of like and writes the token into it.
func fill(f *os.File, like fs.FileInfo, next secret.Value) error {
	if err := giveToOwner(f, like); err != nil {
		return err
	}
	if err := f.Chmod(like.Mode().Perm()); err != nil {
		return secret.WithoutPath(err)
	}
	if _, err := f.WriteString(next.Reveal() + "\n"); err != nil {
		return secret.WithoutPath(err)
	}
	return secret.WithoutPath(f.Sync())
}

var errLink = errors.New("it is a symbolic link, as Kubernetes mounts a Secret: change the Secret, or name the file " +
	"that the link points to")

// explainWrite says why the file cannot be replaced.
func explainWrite(path string, err error) error {
	folder := filepath.Dir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no such file: make it with: namets token generate > %s", path)
	case errors.Is(err, syscall.EBUSY):
		return errors.New("it is mounted by itself, so that it cannot be replaced: mount its folder instead, or " +
			"change it where it comes from")
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the folder %s is mounted read-only: change the file where it comes from", folder)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this process (uid %d) may not write the folder %s, where the new file has to be before "+
			"it takes the old one's place", os.Geteuid(), folder)
	}
	if linkErr, ok := errors.AsType[*os.LinkError](err); ok {
		return linkErr.Err
	}
	return secret.WithoutPath(err)
}
