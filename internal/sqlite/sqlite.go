// Package sqlite keeps the rows. It is the only place with SQL.
//
// One file holds everything, in WAL mode. A writer pool of one connection begins every transaction
// with the write lock (`_txlock=immediate`), so that writers of this process queue up instead of
// failing; readers use a pool of their own, read-only, and never wait for the writer.
// `synchronous(FULL)` makes an acknowledged change survive a power cut.
//
// Exported methods open the transaction; lower-case helpers run inside it. Every method that
// changes data takes a [namets.Actor] and writes its audit row in the same transaction. Errors
// carry a [namets.Code]: Unavailable when the disk is full or the database locked, Conflict when a
// unique value is taken.
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
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"namets/internal/namets"
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
}

// DB is one open database. Its methods are safe for concurrent use.
type DB struct {
	path   string
	now    func() time.Time
	zone   *time.Location
	writer *sql.DB // one connection
	reader *sql.DB
	agenda prepared // agendaSQL
	files  openFiles
	damage damage

	beforeMigration func(version int, backup func(path string) error) error

	queued chan struct{} // see Queued

	generations [namets.NumTables]atomic.Uint64
	// dataVersion is what the writer connection last saw; only its holder may touch it.
	dataVersion int64
	// writeSeq is odd while this process holds the write lock.
	writeSeq atomic.Uint64
}

// Open opens the database, makes it when it is new, and brings its schema up to date. It blocks
// for as long as another process holds the write lock, at most five seconds. A database from a
// newer version of the program is refused.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	db := &DB{
		path: c.Path, now: c.Now, zone: c.Zone, beforeMigration: c.BeforeMigration, queued: make(chan struct{}, 1),
	}
	err := makePrivate(c.Path)
	if err != nil {
		return nil, fmt.Errorf("make database: %w", err)
	}
	// By mode=rw a connection that is opened later, when somebody has removed the file, makes no
	// empty database there.
	if db.writer, err = sql.Open("sqlite", dsn(c.Path, false)+"&mode=rw"); err != nil {
		return nil, fmt.Errorf("open database %s: %w", c.Path, err)
	}
	db.writer.SetMaxOpenConns(1)
	if err := db.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", c.Path, err), db.writer.Close())
	}
	if db.reader, err = sql.Open("sqlite", dsn(c.Path, true)); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", c.Path, err), db.writer.Close())
	}
	readers := 2 + max(4, runtime.GOMAXPROCS(0)) // two for Watch
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	db.files.remember(db.path)
	return db, nil
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
func (db *DB) start(ctx context.Context) error {
	if err := db.migrate(ctx); err != nil {
		return wrap(err)
	}
	err := db.writer.QueryRowContext(ctx, "pragma data_version").Scan(&db.dataVersion)
	return wrap(err)
}

// Close waits for running statements and closes the database; the last connection to the file
// folds the WAL into it.
func (db *DB) Close() error {
	return errors.Join(db.reader.Close(), db.writer.Close())
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

// Ping reports whether the database can be read.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.damage.note(wrap(db.reader.QueryRowContext(ctx, "select 1 from migrations limit 1").Scan(&one)))
}
