package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"namets/internal/namets"
)

// tx is one write transaction. All rows that it writes carry the same time.
type tx struct {
	*sql.Tx
	now       time.Time
	zone      *time.Location // in which notifications write times
	touched   [namets.NumTables]bool
	hints     bool // the commit may give the webhook worker something to do
	audiences map[namets.NotificationKind]audience
	act       *act // what is under way; nil: each change is on its own
}

// touch notes that the transaction changes the table, so that its generation moves after the
// commit.
func (t *tx) touch(table namets.Table) { t.touched[table] = true }

// changes runs the statement and reports whether it changed a row.
func (t *tx) changes(ctx context.Context, query string, args ...any) (bool, error) {
	result, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// write runs fn in a write transaction and commits when it returns nil. What fn touched has a new
// generation before write returns. It changes nothing once the database's files have moved, and
// returns no success when they moved meanwhile.
func (db *DB) write(ctx context.Context, fn func(*tx) error) error {
	sqlTx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return db.damage.note(wrap(fmt.Errorf("begin: %w", err)))
	}
	db.writeSeq.Add(1)
	defer db.writeSeq.Add(1)
	defer sqlTx.Rollback()
	if err := db.files.check(); err != nil {
		return err
	}
	// Another process may have written between two looks of Watch, which cannot look while this
	// transaction runs.
	if _, err := db.checkVersion(ctx, sqlTx); err != nil {
		return db.damage.note(wrap(err))
	}
	t := &tx{Tx: sqlTx, now: namets.Micro(db.now()), zone: db.zone, audiences: map[namets.NotificationKind]audience{}}
	if err := fn(t); err != nil {
		return db.damage.note(wrap(err))
	}
	if t.touched[namets.Subscribers] {
		if err := t.settleDuplicates(ctx); err != nil {
			return wrap(err)
		}
	}
	err = sqlTx.Commit()
	for table, touched := range t.touched {
		if touched { // also after an error: who knows how far the commit came
			db.generations[table].Add(1)
		}
	}
	if t.hints {
		db.hint()
	}
	if err != nil {
		return db.damage.note(wrap(fmt.Errorf("commit: %w", err)))
	}
	return db.files.check()
}

// ErrDamaged says that a file is no sound database.
var ErrDamaged = errors.New(`the database file is damaged; "namets restore" puts a backup in its place`)

// wrap gives err the code of the database's trouble, when it is one that passes by itself or that
// a person can fix. It leaves errors that have a code alone.
func wrap(err error) error {
	if _, ok := errors.AsType[*namets.Error](err); ok {
		return err
	}
	cause, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	unavailable := func(message string) error {
		return &namets.Error{Code: namets.Unavailable, Message: message, Err: err}
	}
	switch code := cause.Code(); code & 0xff { // the primary result code
	case lib.SQLITE_FULL:
		return unavailable("the disk is full: nothing was written, reading goes on")
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return unavailable("another program holds the database's write lock: try again")
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return unavailable("the database cannot be written")
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case lib.SQLITE_IOERR:
		if code == lib.SQLITE_IOERR_SHMSIZE { // it makes its index of the write-ahead log before it reads anything
			return unavailable("the disk is full: make room, or give the volume more space")
		}
		return unavailable("the disk does not answer as it should")
	case lib.SQLITE_CONSTRAINT:
		if code == lib.SQLITE_CONSTRAINT_UNIQUE || code == lib.SQLITE_CONSTRAINT_PRIMARYKEY {
			return &namets.Error{Code: namets.Conflict, Message: "another row has this value already", Err: err}
		}
		return &namets.Error{Code: namets.Invalid, Message: "a value breaks a rule of the database", Err: err}
	}
	return err
}
