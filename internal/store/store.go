// Package store stores the rows. It is the only place with statements on them. An engine, such as
// store/sqlite, opens the database, creates its tables and defines what differs.
//
// Exported methods open the transaction; lower-case helpers run inside it. Every method that
// changes data takes a [namets.Actor] and writes its audit row in the same transaction. Errors
// carry a [namets.Code]: Unavailable if the disk is full or the database locked, Conflict if a
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

// Config is an open database with an up-to-date schema, which its engine passes to [New].
type Config struct {
	// Engine is the engine of the database.
	Engine Engine
	// Dialect is the dialect of its statements.
	Dialect Dialect
	// Reader is the pool of read-only connections. [DB.Close] closes Reader and Writer.
	Reader, Writer *sql.DB
	// Now is the clock of all rows; nil means time.Now.
	Now func() time.Time
	// Zone is the site's time zone, in which notifications write times; nil means UTC.
	Zone *time.Location
	// Legacy makes the target that the configuration names a hook, with these properties; nil means
	// that it gets webhooks in the form of the contract.
	Legacy *namets.HookSpec
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
	asked  watch         // who has asked
	asking prepared      // askSQL

	// generations counts the changes of each kind of content, and of who may use the API. The map
	// itself never changes.
	generations map[namets.Kind]*atomic.Uint64
}

// New returns the store of an open database.
func New(c Config) *DB {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	s := session{c.Engine.Classify, c.Dialect, c.Legacy}
	db := &DB{session: s, engine: c.Engine, now: c.Now, zone: c.Zone, writer: c.Writer, reader: reader{c.Reader, s},
		queued: make(chan struct{}, 1), generations: map[namets.Kind]*atomic.Uint64{}}
	for _, kind := range append(namets.ContentKinds(), namets.KindAPITokens) {
		db.generations[kind] = new(atomic.Uint64)
	}
	return db
}

// Close waits for running statements and closes the database.
func (db *DB) Close() error {
	return errors.Join(db.engine.Close(), db.reader.Close(), db.writer.Close())
}

// Ping reports whether the database can be read.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.wrap(db.reader.QueryRowContext(ctx, "select 1 from migrations limit 1").Scan(&one))
}

// Generation returns a function that never blocks and whose result changes whenever rows of the
// kind, of content or [namets.KindAPITokens], may have changed: after the commit of this process's
// writes and before their method returns, and when the engine has noticed a write of another
// process. A cache must read the generation first, then the rows.
func (db *DB) Generation(kind namets.Kind) func() uint64 { return db.generations[kind].Load }

// ChangedElsewhere is called by the engine if another process has written: any row may have
// changed. It never blocks.
func (db *DB) ChangedElsewhere() {
	for _, generation := range db.generations {
		generation.Add(1)
	}
	db.hint()
}

// Queued returns a channel for one reader, the webhook worker. It receives a value if there may be
// something to do: after a commit that queued a delivery or changed what is due, and after a write
// of another process. It is only a hint; one value may stand for many commits.
func (db *DB) Queued() <-chan struct{} { return db.queued }

func (db *DB) hint() {
	select {
	case db.queued <- struct{}{}:
	default: // a hint is waiting already
	}
}
