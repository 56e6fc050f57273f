package store

import (
	"context"
	"database/sql"
	"errors"
)

// Engine is what databases do differently besides the text of their statements. Its methods are
// safe for concurrent use.
type Engine interface {
	// Begin starts a transaction that holds the write lock, for which it waits. If another process
	// has committed since the last one, it has called [DB.ChangedElsewhere].
	Begin(ctx context.Context) (*sql.Tx, error)
	// Kept is called after the commit of a transaction of Begin. An error says that what was
	// committed may not last, and becomes the result of the write.
	Kept() error
	// End is called when a transaction of Begin is over, whatever became of it.
	End()
	// Classify returns err with the [namets.Code] of the database's trouble when it is one that
	// passes by itself or that a person can fix, or a value that breaks a rule, and as
	// [ErrDamaged] when the database is. It leaves errors that have a code alone.
	Classify(err error) error
}

// ErrDamaged says that a database is not sound.
var ErrDamaged = errors.New(`the database file is damaged; "namets restore" puts a backup in its place`)

// session is what a statement needs to know of its database.
type session struct {
	classify func(error) error
	dialect  Dialect
}

// in returns the dialect in which the database's statements are written.
func (s session) in() Dialect { return s.dialect }

// wrap is [Engine.Classify].
func (s session) wrap(err error) error { return s.classify(err) }

// reader is the pool of connections that only read.
type reader struct {
	*sql.DB
	session
}

// selector runs statements that return rows.
type selector interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// querier is what reads run on: the readers' pool, or a transaction.
type querier interface {
	selector
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	wrap(err error) error
	in() Dialect
}
