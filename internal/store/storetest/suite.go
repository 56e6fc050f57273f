// Package storetest is the suite that every engine of the store must pass.
package storetest

import (
	"database/sql"
	"reflect"
	"strings"
	"testing"
	"time"

	"namets/internal/store"
)

// Engine is what the suite needs from an engine. Its functions fail the test themselves.
type Engine struct {
	// Open opens the database in the folder, creating it if it does not exist, with a clock and the
	// site's time zone. It closes the database at the end of the test, unless the test has closed
	// it.
	Open func(tb testing.TB, folder string, now func() time.Time, zone *time.Location) *store.DB
	// SQL opens a connection pool for the database in the folder, and closes it at the end of the
	// test.
	SQL func(tb testing.TB, folder string) *sql.DB
	// Stored returns all bytes that the engine has stored for the database in the folder.
	Stored func(tb testing.TB, folder string) []byte
}

// Run checks that an engine fulfils the contract of [store.DB]: every method of suite whose name
// begins with Test is a test.
func Run(t *testing.T, e Engine) {
	s := reflect.ValueOf(suite{e})
	for i := range s.NumMethod() {
		name, test := s.Type().Method(i).Name, s.Method(i).Interface()
		if name, ok := strings.CutPrefix(name, "Test"); ok {
			t.Run(name, test.(func(*testing.T)))
		}
	}
}

// suite contains the tests of one engine.
type suite struct{ engine Engine }

// outbox creates a database for one test.
func (su suite) outbox(t *testing.T) *Outbox {
	t.Helper()
	o := NewOutbox(t, su.engine)
	o.Open()
	return o
}

// database is outbox for tests with a fixed clock, with a pool for other statements.
func (su suite) database(t *testing.T) (*store.DB, *sql.DB) {
	t.Helper()
	folder := t.TempDir()
	db := su.engine.Open(t, folder, Now, time.UTC)
	return db, su.engine.SQL(t, folder)
}
