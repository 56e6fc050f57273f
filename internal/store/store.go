// Package store keeps the rows. It is the only place with statements on them; an engine, such as
// store/sqlite, opens the database, makes its tables and says what it does differently.
//
// Exported methods open the transaction; lower-case helpers run inside it. Every method that
// changes data takes a [namets.Actor] and writes its audit row in the same transaction. Errors
// carry a [namets.Code]: Unavailable when the disk is full or the database locked, Conflict when a
// unique value is taken.
package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

// Config is an open database whose schema is up to date, as its engine hands it to [New].
type Config struct {
	// Engine is the database's.
	Engine Engine
	// Dialect is that of its statements.
	Dialect Dialect
	// Reader is the pool of connections that only read. [DB.Close] closes it, and Writer.
	Reader, Writer *sql.DB
	// Now is the clock of all rows; nil means time.Now.
	Now func() time.Time
	// Zone is the site's time zone, in which notifications write times; nil means UTC.
	Zone *time.Location
}

// DB is one open database. Its methods are safe for concurrent use.
type DB struct {
	session
	engine Engine
	now    func() time.Time
	zone   *time.Location
	writer *sql.DB
	reader reader
	agenda prepared // agendaSQL

	queued chan struct{} // see Queued

	// generations counts the changes of each kind of content. The map itself never changes.
	generations map[namets.Kind]*atomic.Uint64
}

// New returns the rows of an open database.
func New(c Config) *DB {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	s := session{c.Engine.Classify, c.Dialect}
	db := &DB{session: s, engine: c.Engine, now: c.Now, zone: c.Zone, writer: c.Writer, reader: reader{c.Reader, s},
		queued: make(chan struct{}, 1), generations: map[namets.Kind]*atomic.Uint64{}}
	for _, kind := range namets.ContentKinds() {
		db.generations[kind] = new(atomic.Uint64)
	}
	return db
}

// Close waits for running statements and closes the database.
func (db *DB) Close() error { return errors.Join(db.reader.Close(), db.writer.Close()) }

// Ping reports whether the database can be read.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.wrap(db.reader.QueryRowContext(ctx, "select 1 from migrations limit 1").Scan(&one))
}

// Generation returns a function that returns a number that moves whenever rows of the kind may have
// changed: after the commit of this process's own writes and before their method returns, and when
// the engine has noticed another process's write. Who caches rows reads the generation first, then
// the rows. The function never blocks.
func (db *DB) Generation(kind namets.Kind) func() uint64 { return db.generations[kind].Load }

// ChangedElsewhere is called by the engine when another process has written: any row may have
// changed. It never blocks.
func (db *DB) ChangedElsewhere() {
	for _, generation := range db.generations {
		generation.Add(1)
	}
	db.hint()
}

// Queued returns the channel on which one reader, the webhook worker, learns that there may be
// something to do: after a commit that queued a delivery or moved what is due, and after another
// process's write. It is a hint, the rows are the truth: one message may stand for many commits.
func (db *DB) Queued() <-chan struct{} { return db.queued }

func (db *DB) hint() {
	select {
	case db.queued <- struct{}{}:
	default: // there is a hint that nobody has read yet
	}
}
