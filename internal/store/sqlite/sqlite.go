// Package sqlite opens a [store.DB] in a file of SQLite, and keeps that file: its schema, its
// copies, what is restored into it, and the look for writes of other processes.
//
// One file holds everything, in WAL mode. A writer pool of one connection begins every transaction
// with the write lock (`_txlock=immediate`), so that writers of this process queue up instead of
// failing; readers use a pool of their own, read-only, and never wait for the writer.
// `synchronous(FULL)` makes an acknowledged change survive a power cut.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"namets/internal/store"
)

// Config says which database [Open] opens.
type Config struct {
	// Path is the database file; it is made when it does not exist. Its directory must exist.
	Path string
	// Now is the clock of all rows; nil means time.Now.
	Now func() time.Time
	// Zone is the site's time zone, in which notifications write times; nil means UTC.
	Zone *time.Location
	// BeforeMigration is called once before the schema of a database with rows is changed, with
	// the version that it has and with a function that backs it up; an error stops Open and leaves
	// the database as it was. Nil: nothing is saved.
	BeforeMigration func(version int, backup func(path string) error) error
	// Driver carries the statements out; nil means modernc.org/sqlite.
	Driver *Driver
}

// Driver carries statements out. Tests have one that notes them.
type Driver struct {
	// Connect opens the pool of connections to a database.
	Connect func(dsn string) (*sql.DB, error)
	// Dialect is that of the statements.
	Dialect store.Dialect
}

// or returns d, or modernc.org/sqlite when it is nil.
func (d *Driver) or() *Driver {
	if d != nil {
		return d
	}
	connect := func(dsn string) (*sql.DB, error) { return sql.Open("sqlite", dsn) }
	return &Driver{Connect: connect, Dialect: Dialect{}}
}

// DB is one open database: its rows, and the file that they are in. Its methods are safe for
// concurrent use.
type DB struct {
	*store.DB
	path   string
	engine *engine
	reader *sql.DB
}

// Open opens the database, makes it when it is new, and brings its schema up to date. It blocks
// for as long as another process holds the write lock, at most five seconds. A database from a
// newer version of the program is refused.
func Open(ctx context.Context, c Config) (*DB, error) {
	c.Driver = c.Driver.or()
	err := makePrivate(c.Path)
	if err != nil {
		return nil, fmt.Errorf("make database: %w", err)
	}
	// By mode=rw a connection that is opened later, when somebody has removed the file, makes no
	// empty database there.
	writer, err := c.Driver.Connect(dsn(c.Path, false) + "&mode=rw")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", c.Path, err)
	}
	writer.SetMaxOpenConns(1)
	e, err := start(ctx, writer, c)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", c.Path, err), writer.Close())
	}
	reader, err := c.Driver.Connect(dsn(c.Path, true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", c.Path, err), writer.Close())
	}
	readers := 2 + max(4, runtime.GOMAXPROCS(0)) // two for Watch
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	e.files.remember(c.Path)
	return newDB(c, e, reader), nil
}

// newDB returns the database whose pools are open.
func newDB(c Config, e *engine, reader *sql.DB) *DB {
	db := &DB{path: c.Path, engine: e, reader: reader,
		DB: store.New(store.Config{Engine: e, Dialect: c.Driver.or().Dialect, Reader: reader, Writer: e.writer,
			Now: c.Now, Zone: c.Zone})}
	e.changed = db.ChangedElsewhere
	return db
}

// makePrivate makes the file, which only its owner may read, when it is missing. SQLite would let
// everybody read it; the files that it puts next to the database get the same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// start migrates and reads the baseline of data_version, before anybody can read.
func start(ctx context.Context, writer *sql.DB, c Config) (*engine, error) {
	if err := migrate(ctx, writer, c); err != nil {
		return nil, classify(err)
	}
	e := &engine{writer: writer}
	return e, classify(writer.QueryRowContext(ctx, "pragma data_version").Scan(&e.dataVersion))
}

// dsn returns the driver's name of the database file.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", // wait for another process's write instead of failing at once
		"foreign_keys(1)",    // off by default in SQLite
	}}
	if readOnly {
		q.Set("mode", "ro")
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate") // a transaction that turned into a writer midway could only fail
		q.Add("_pragma", "journal_mode(WAL)")
		// What a statement may have to undo, for one: else each costs a write to a file
		q.Add("_pragma", "temp_store(MEMORY)")
		q.Add("_pragma", "synchronous(FULL)") // what was acknowledged survives a power cut
		// An address that was deleted is overwritten where its page is written anyway
		q.Add("_pragma", "secure_delete(fast)")
	}
	// The path is percent-encoded, for a file name may hold ?, # and %.
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}
