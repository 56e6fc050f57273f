package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/token"
)

// peek calls read with the database at c.Path, which this process has not opened and which may be
// of any version. If the database is too old to have the table, peek returns the zero value. It
// writes nothing, so that a serving process does not have to rebuild its snapshots.
func peek[T any](ctx context.Context, c Config, table string, read func(*store.DB, context.Context) (T, error)) (
	value T, err error) {
	err = peekAt(ctx, c, table, func(db *store.DB) (err error) {
		value, err = read(db, ctx)
		return err
	})
	return value, err
}

// peekAt implements peek. It does not call read when the table is missing.
func peekAt(ctx context.Context, c Config, table string, read func(*store.DB) error) error {
	pool, err := sql.Open("sqlite", dsn(c.Path, true))
	if err != nil {
		return err
	}
	db := newDB(c, &engine{writer: pool}, pool)
	defer pool.Close()
	var there bool
	err = pool.QueryRowContext(ctx, "select exists (select 1 from sqlite_schema where type = 'table' and name = $1)",
		table).Scan(&there)
	if err != nil || !there {
		return classify(err)
	}
	return db.Explain(ctx, read(db.DB))
}

// HasUsers reports whether a database that this process has not opened has any user. The database
// may be of an older version.
func HasUsers(ctx context.Context, path string) (bool, error) {
	has, err := peek(ctx, Config{Path: path}, "users", (*store.DB).HasUsers)
	if err != nil {
		return false, fmt.Errorf("read users of %s: %w", path, err)
	}
	return has, nil
}

// ReadHeld returns the number of held deliveries in a database of any version that this process has
// not opened.
func ReadHeld(ctx context.Context, path string) (held int, err error) {
	held, err = peek(ctx, Config{Path: path}, "deliveries", (*store.DB).CountHeld)
	if err != nil {
		return 0, fmt.Errorf("look for held deliveries in %s: %w", path, err)
	}
	return held, nil
}

// ReadDuplicates is [store.DB.Duplicates] for a database of any version that this process has not
// opened.
func ReadDuplicates(ctx context.Context, path string) ([][]int64, error) {
	groups, err := peek(ctx, Config{Path: path}, "subscribers", (*store.DB).ComputeDuplicates)
	if err != nil {
		return nil, fmt.Errorf("look for duplicates in %s: %w", path, err)
	}
	return groups, nil
}

// ReadConfirmationStats is [store.DB.ConfirmationStats] at the time now, for a database that this
// process has not opened. It is zero for a database of a version without confirmations.
func ReadConfirmationStats(ctx context.Context, path string, now time.Time) (namets.ConfirmationStats, error) {
	c := Config{Path: path, Now: func() time.Time { return now }}
	stats, err := peek(ctx, c, "confirmations", (*store.DB).ConfirmationStats)
	if err != nil {
		return stats, fmt.Errorf("read confirmations of %s: %w", path, err)
	}
	return stats, nil
}

// ReadTokenHistory is [store.DB.TokenHistory] for a database that this process has not opened. It
// is empty if the database is missing or too old to have one.
func ReadTokenHistory(ctx context.Context, path string) ([]token.Generation, error) {
	return peekIfThere(ctx, path, "token_generations", (*store.DB).TokenHistory)
}

// ReadTokenStatus is [store.DB.TokenStatus] for a database that this process has not opened. It is
// zero if the database is missing or too old to have one.
func ReadTokenStatus(ctx context.Context, path string) (token.SavedStatus, error) {
	return peekIfThere(ctx, path, "token_status", (*store.DB).TokenStatus)
}

func peekIfThere[T any](ctx context.Context, path, table string, read func(*store.DB, context.Context) (T, error)) (
	found T, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	return peek(ctx, Config{Path: path}, table, read)
}
