package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrInUse means that another program has the database open.
var ErrInUse = errors.New("another program has the database open: let that command end, or stop what copies the " +
	"database, such as Litestream; then try again")

const (
	settlePatience = 5 * time.Second        // for other programs to close the database
	settlePause    = 100 * time.Millisecond // between two attempts
)

// Settle moves the write-ahead log of the database at path into its file, so that the file alone is
// the database, and prevents writes by others until release is called. Errors: [ErrInUse] after
// five seconds; [store.ErrDamaged].
func Settle(ctx context.Context, path string) (release func() error, err error) {
	db, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	tick, end := time.NewTicker(settlePause), time.Now().Add(settlePatience)
	defer tick.Stop()
	for {
		tx, err := settle(ctx, db)
		if err == nil {
			return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
		}
		cause, ok := errors.AsType[*sqlite.Error](err)
		busy := ok && (cause.Code()&0xff == lib.SQLITE_BUSY || cause.Code()&0xff == lib.SQLITE_LOCKED) ||
			errors.Is(err, ErrInUse)
		if !busy {
			return nil, errors.Join(classify(err), db.Close())
		}
		if time.Now().After(end) {
			return nil, errors.Join(ErrInUse, db.Close())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), db.Close())
		}
	}
}

// settle is one attempt. The transaction that it returns holds the write lock.
func settle(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	var mode string
	if err := db.QueryRowContext(ctx, "pragma journal_mode = delete").Scan(&mode); err != nil {
		return nil, err
	}
	if mode != "delete" {
		return nil, ErrInUse
	}
	return db.BeginTx(context.WithoutCancel(ctx), nil) // ended by release
}
