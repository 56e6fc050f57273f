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

// Open opens the database of c and closes it at the end of the test. Without a path, the database
// is in a folder of its own. If the file does not exist, [Create] creates it. The driver is that of
// c, or [Driver].
func Open(tb testing.TB, c sqlite.Config) *sqlite.DB {
	tb.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(tb.TempDir(), "namets.db")
	}
	if _, err := os.Stat(c.Path); errors.Is(err, fs.ErrNotExist) {
		Create(tb, c.Path)
	}
	if c.Driver == nil {
		c.Driver = Driver(tb)
	}
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

// Create writes a database without rows, with the current schema, into a new file. Tests that are
// not about migrations start with it, because migrating takes far longer.
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

// template returns the contents of a database file without rows. The first call creates it by
// migrating.
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
	if err := db.Close(); err != nil { // moves the WAL into the file
		return nil, err
	}
	return os.ReadFile(path)
})
