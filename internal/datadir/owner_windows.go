package datadir

import (
	"errors"
	"io/fs"
	"os"
)

// accessDirectory returns nil: what keeps a directory from being made shows when it is made.
func accessDirectory(string) error { return nil }

// accessFile returns nil when this process may read and write the file.
func accessFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// ownerOf returns the number of the user to whom a file belongs: Windows has none.
func ownerOf(fs.FileInfo) string { return "unknown" }

// BecomeOwner is for Unix: its error says what to do on Windows.
func BecomeOwner(string, int) error {
	return errors.New("a process cannot become another user on Windows: run namets as the user that DATA_DIR " +
		"belongs to")
}
