// Package sqlite opens a [store.DB] in an SQLite file and manages that file: its schema, copies and
// restores, and the detection of writes by other processes.
//
// One file contains everything, in WAL mode. A writer pool of one connection begins every
// transaction with the write lock (`_txlock=immediate`), so that writers of this process queue up
// instead of failing. Readers use a read-only pool of their own and never wait for the writer.
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

	"namets/internal/namets"
	"namets/internal/store"
)

// Config configures [Open].
type Config struct {
	// Path is the database file. It is created if it does not exist. Its directory must exist.
	Path string
	// Now is the clock for all rows; nil means time.Now.
	Now func() time.Time
	// Zone is the site's time zone, in which notifications write times; nil means UTC.
	Zone *time.Location
	// Legacy is that of [store.Config].
	Legacy *namets.HookSpec
	// BeforeMigration is called once before the schema of a database with rows is changed, with its
	// version and a function that backs it up. If it returns an error, Open stops and leaves the
	// database unchanged. If it is nil, nothing is saved.
	BeforeMigration func(version int, backup func(path string) error) error
	// Driver runs the statements; nil means modernc.org/sqlite.
	Driver *Driver
}

// Driver runs statements. Tests use one that records them.
type Driver struct {
	// Connect opens the connection pool of a database.
	Connect func(dsn string) (*sql.DB, error)
	// Dialect is the dialect of the statements.
	Dialect store.Dialect
}

// or returns d, or modernc.org/sqlite if d is nil.
func (d *Driver) or() *Driver {
	if d != nil {
		return d
	}
	connect := func(dsn string) (*sql.DB, error) { return sql.Open("sqlite", dsn) }
	return &Driver{Connect: connect, Dialect: Dialect{}}
}

// DB is an open database: its rows, and their file. Its methods are safe for concurrent use.
type DB struct {
	*store.DB
	path   string
	engine *engine
	reader *sql.DB
}

// Open opens the database, creates it if it does not exist, and migrates its schema. It waits up to
// five seconds while another process holds the write lock. A database of a newer version is
// refused.
func Open(ctx context.Context, c Config) (*DB, error) {
	c.Driver = c.Driver.or()
	err := makePrivate(c.Path)
	if err != nil {
		return nil, fmt.Errorf("make database: %w", err)
	}
	// With mode=rw a connection that is opened after somebody has removed the file does not create
	// an empty database.
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
	readers := 2 + max(4, runtime.GOMAXPROCS(0)) // one for holdFiles, one for Watch
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	if e.anchor, err = holdFiles(ctx, reader); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", c.Path, classify(err)),
			reader.Close(), writer.Close())
	}
	e.files.remember(c.Path)
	return newDB(c, e, reader), nil
}

// holdFiles returns an otherwise unused connection. While it is open, SQLite neither removes nor
// recreates the write-ahead log and its index when other connections are closed, as happens to one
// whose statement is cancelled as it ends.
func holdFiles(ctx context.Context, reader *sql.DB) (*sql.Conn, error) {
	conn, err := reader.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var version int64 // SQLite opens the files at the first read; this one is the cheapest
	if err := conn.QueryRowContext(ctx, "pragma data_version").Scan(&version); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// newDB returns the database for open pools.
func newDB(c Config, e *engine, reader *sql.DB) *DB {
	db := &DB{path: c.Path, engine: e, reader: reader,
		DB: store.New(store.Config{Engine: e, Dialect: c.Driver.or().Dialect, Reader: reader, Writer: e.writer,
			Now: c.Now, Zone: c.Zone, Legacy: c.Legacy})}
	e.changed = db.ChangedElsewhere
	return db
}

// makePrivate creates the file, readable only by its owner, if it does not exist. SQLite would make
// it readable for everybody. The files that SQLite creates next to the database get the same mode.
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

// start migrates, and reads the first data_version before anybody can read.
func start(ctx context.Context, writer *sql.DB, c Config) (*engine, error) {
	if err := migrate(ctx, writer, c); err != nil {
		return nil, classify(err)
	}
	e := &engine{writer: writer}
	return e, classify(writer.QueryRowContext(ctx, "pragma data_version").Scan(&e.dataVersion))
}

// dsn returns the driver's data source name for the database file.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", // wait for another process's write instead of failing at once
		"foreign_keys(1)",    // off by default in SQLite
	}}
	if readOnly {
		q.Set("mode", "ro")
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate") // upgrading a read transaction could only fail
		q.Add("_pragma", "journal_mode(WAL)")
		// Temporary data, such as statement journals, stays in memory: otherwise each costs a file
		// write
		q.Add("_pragma", "temp_store(MEMORY)")
		q.Add("_pragma", "synchronous(FULL)") // what was acknowledged survives a power cut
		// Deleted addresses are overwritten if their page is written anyway
		q.Add("_pragma", "secure_delete(fast)")
	}
	// The path is percent-encoded, because a file name may contain ?, # and %.
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}
