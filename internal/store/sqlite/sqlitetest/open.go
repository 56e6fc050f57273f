// Package sqlitetest opens databases for tests.
package sqlitetest

import (
	"context"
	"path/filepath"
	"testing"

	"namets/internal/store/sqlite"
)

// Open opens the database of c and closes it when the test has ended. Without a path, the database
// is a new one in a folder of its own. What the store carries out in it is recorded as [Driver]
// says.
func Open(tb testing.TB, c sqlite.Config) *sqlite.DB {
	tb.Helper()
	if c.Path == "" {
		c.Path = filepath.Join(tb.TempDir(), "namets.db")
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
