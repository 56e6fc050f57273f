// Package sqlitetest opens databases for tests.
package sqlitetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"namets/internal/store/sqlite"
)

// Open opens the database of c and closes it when the test has ended. Without a path, the database
// is in a folder of its own; where there is no file, [Create] makes it. What the store carries out
// in it is recorded as [Driver] says.
func Open(tb testing.TB, c sqlite.Config) *sqlite.DB {
	tb.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(tb.TempDir(), "namets.db")
	}
	if _, err := os.Stat(c.Path); errors.Is(err, fs.ErrNotExist) {
		Create(tb, c.Path)
	}
	c.Driver = Driver(tb)
	db, err := sqlite.Open(context.WithoutCancel(tb.Context()), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// Create writes a database without rows into a new file, with the schema of this version. Tests
// that are not about migrations begin with it: it takes far less time than the
// migrations take.
func Create(tb testing.TB, path string) {
	tb.Helper()
	content, err := template()
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// template returns the file of a database without rows. The first call migrates it.
var template = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "namets-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "namets.db")
	db, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // which folds the WAL into the file
		return nil, err
	}
	return os.ReadFile(path)
})
