package datadir

import (
	"errors"
	"io/fs"
	"os"
)

// accessDirectory returns nil: creating the directory shows what prevents it.
func accessDirectory(string) error { return nil }

// accessFile returns nil if this process may read and write the file.
func accessFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// ownerOf returns the uid of a file's owner, which Windows does not have.
func ownerOf(fs.FileInfo) string { return "unknown" }

// BecomeOwner works only on Unix; its error says what to do on Windows.
func BecomeOwner(string, int) error {
	return errors.New("a process cannot become another user on Windows: run namets as the user that DATA_DIR " +
		"belongs to")
}
