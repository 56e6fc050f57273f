package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"namets/internal/namets"
)

// tx is a write transaction. All rows that it writes have the same time.
type tx struct {
	*sql.Tx
	session
	now       time.Time
	zone      *time.Location // in which notifications write times
	touched   map[namets.Kind]bool
	hints     bool // wake the webhook worker after the commit
	quiet     bool // what it writes fires no event, then or later, as in an import
	audiences map[namets.NotificationKind]audience
	targets   []target             // nil: not read yet
	act       *act                 // the bulk action in progress; nil if there is none
	parsed    map[string]*sql.Stmt // the statements of the bulk action
	failed    error                // of a part of the transaction, which cannot be committed then
}

// inProgress is the key of a context's value: the transaction of the database that is in progress.
type inProgress struct{ db *DB }

// readTx is a read-only transaction.
type readTx struct {
	*sql.Tx
	session
}

// touch marks the kind as changed by the transaction, so that its generation changes after the
// commit.
func (t *tx) touch(kind namets.Kind) { t.touched[kind] = true }

// ExecContext runs the statement. A bulk action parses each statement once, for it runs the same
// few thousands of times.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if t.act == nil {
		return t.Tx.ExecContext(ctx, query, args...)
	}
	s, err := t.parse(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryRowContext is like ExecContext, for a query of one row.
func (t *tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if t.act != nil {
		if s, err := t.parse(ctx, query); err == nil {
			return s.QueryRowContext(ctx, args...)
		} // unparsed, the query has the same error
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}

// parse returns the prepared statement, which is closed with the transaction.
func (t *tx) parse(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := t.parsed[query]; ok {
		return s, nil
	}
	s, err := t.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if t.parsed == nil {
		t.parsed = map[string]*sql.Stmt{}
	}
	t.parsed[query] = s
	return s, nil
}

// exec runs the statement and returns the number of rows that it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int, error) {
	result, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// changes runs the statement and reports whether it changed a row.
func (t *tx) changes(ctx context.Context, query string, args ...any) (bool, error) {
	n, err := t.exec(ctx, query, args...)
	return n > 0, err
}

// ids returns the ids that the query selects.
func (t *tx) ids(ctx context.Context, query string, args ...any) (ids []int64, err error) {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// write runs fn in a write transaction and commits if fn returns nil. What fn touched has a new
// generation before write returns. If the engine reports that written data may not last, write
// returns an error.
//
// With the context of a transaction in progress (see [DB.Once]), fn is a part of that transaction:
// nothing is committed before its end, and if fn fails, nothing at all.
func (db *DB) write(ctx context.Context, fn func(*tx) error) error {
	if outer, ok := ctx.Value(inProgress{db}).(*tx); ok {
		err := db.wrap(fn(outer))
		outer.failed = errors.Join(outer.failed, err)
		return err
	}
	sqlTx, err := db.engine.Begin(ctx)
	if err != nil {
		return db.wrap(fmt.Errorf("begin: %w", err))
	}
	defer db.engine.End()
	defer sqlTx.Rollback()
	t := db.tx(sqlTx)
	if err := fn(t); err != nil {
		return db.wrap(err)
	}
	if len(t.touched) > 0 {
		if err := t.dateDeletions(ctx); err != nil {
			return db.wrap(err)
		}
	}
	if t.touched[namets.KindSubscribers] {
		if err := t.settleDuplicates(ctx); err != nil {
			return db.wrap(err)
		}
	}
	err = sqlTx.Commit()
	for kind := range t.touched { // even after an error, because the commit may have succeeded
		db.generations[kind].Add(1)
	}
	if t.hints {
		db.hint()
	}
	if err != nil {
		return db.wrap(fmt.Errorf("commit: %w", err))
	}
	return db.engine.Kept()
}

// tx returns a transaction at the current time.
func (db *DB) tx(sqlTx *sql.Tx) *tx {
	return &tx{Tx: sqlTx, session: db.session, now: namets.Micro(db.now()), zone: db.zone,
		touched: map[namets.Kind]bool{}, audiences: map[namets.NotificationKind]audience{}}
}

// read runs fn in a read-only transaction, so that all its reads see the same state.
func (db *DB) read(ctx context.Context, fn func(readTx) error) error {
	sqlTx, err := db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return db.wrap(err)
	}
	defer sqlTx.Rollback()
	return db.wrap(fn(readTx{sqlTx, db.session}))
}
