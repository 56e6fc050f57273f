package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"namets/internal/namets"
	"namets/internal/store"
)

// engine implements [store.Engine] for SQLite.
type engine struct {
	writer *sql.DB   // one connection
	anchor *sql.Conn // see holdFiles; nil if only one connection is used
	files  openFiles
	// damaged is set once an error has reported damage.
	damaged atomic.Bool
	// changed is called if another process has written.
	changed func()
	// dataVersion is the last data_version of the writer connection. Only the holder of that
	// connection may use it.
	dataVersion int64
	// writeSeq is odd while this process holds the write lock.
	writeSeq atomic.Uint64
}

// Begin implements [store.Engine]. It returns an error if the database's files have moved.
func (e *engine) Begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := e.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	e.writeSeq.Add(1)
	err = e.files.check()
	if err == nil {
		// Another process may have written between two checks of Watch, which cannot check while
		// this transaction runs.
		_, err = e.checkVersion(ctx, tx)
	}
	if err != nil {
		err = errors.Join(err, tx.Rollback())
		e.End()
		return nil, err
	}
	return tx, nil
}

// Kept implements [store.Engine]. Data that was committed to moved files is lost.
func (e *engine) Kept() error { return e.files.check() }

// End implements [store.Engine].
func (e *engine) End() { e.writeSeq.Add(1) }

// Close implements [store.Engine].
func (e *engine) Close() error {
	if e.anchor == nil {
		return nil
	}
	if err := e.anchor.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}

// Classify implements [store.Engine], and records damage.
func (e *engine) Classify(err error) error {
	err = classify(err)
	if errors.Is(err, store.ErrDamaged) {
		e.damaged.Store(true)
	}
	return err
}

// queryer is the common part of *sql.Conn and *sql.Tx.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// checkVersion calls changed if another process has written since the last checkVersion, and
// reports whether it has. On the writer connection data_version changes only with commits of other
// processes. The caller holds that connection.
func (e *engine) checkVersion(ctx context.Context, conn queryer) (foreign bool, err error) {
	var version int64
	if err := conn.QueryRowContext(ctx, "pragma data_version").Scan(&version); err != nil {
		return false, err
	}
	if version == e.dataVersion {
		return false, nil
	}
	e.dataVersion = version
	e.changed()
	return true, nil
}

// classify adds a code to err if it is a temporary problem, a problem that a person can fix, or a
// value that breaks a rule. It leaves errors that have a code unchanged.
func classify(err error) error {
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
		return fmt.Errorf("%w: %w", store.ErrDamaged, err)
	case lib.SQLITE_IOERR:
		if code == lib.SQLITE_IOERR_SHMSIZE { // creating the index of the write-ahead log failed
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
