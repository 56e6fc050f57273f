package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// Engine is what a database does differently apart from the text of statements. Its methods are
// safe for concurrent use.
type Engine interface {
	// Begin waits for the write lock and starts a transaction that has it. If another process has
	// committed since the last transaction, Begin has called [DB.ChangedElsewhere].
	Begin(ctx context.Context) (*sql.Tx, error)
	// Kept is called after the commit of a transaction started by Begin. An error means that the
	// committed data may not last, and becomes the result of the write.
	Kept() error
	// End is called at the end of a transaction started by Begin, committed or not.
	End()
	// Classify returns err with a [namets.Code] if it is a temporary problem, a problem that a
	// person can fix, or a value that breaks a rule. It returns [ErrDamaged] if the database is
	// damaged, and leaves errors that have a code unchanged.
	Classify(err error) error
	// Close releases what the engine holds in addition to the pools, which are closed after it. It
	// may be called repeatedly.
	Close() error
}

// ErrDamaged means that the database is damaged.
var ErrDamaged = errors.New(`the database file is damaged; "namets restore" puts a backup in its place`)

// session is what a statement needs to know about its database.
type session struct {
	classify func(error) error
	dialect  Dialect
	legacy   *namets.HookSpec // see Config
}

// in returns the dialect in which the database's statements are written.
func (s session) in() Dialect { return s.dialect }

// wrap is [Engine.Classify].
func (s session) wrap(err error) error { return s.classify(err) }

// reader is the pool of read-only connections.
type reader struct {
	*sql.DB
	session
}

// selector runs statements that return rows.
type selector interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// querier runs reads: the reader pool, or a transaction.
type querier interface {
	selector
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	wrap(err error) error
	in() Dialect
}
