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

// peek lets read look at the database at c.Path, which this process has not opened and which may
// be of any version. When it is too old to have the table, peek returns the zero value. Nothing is
// written, so that no snapshot of a serving process is thrown away.
func peek[T any](ctx context.Context, c Config, table string, read func(*store.DB, context.Context) (T, error)) (
	value T, err error) {
	pool, err := sql.Open("sqlite", dsn(c.Path, true))
	if err != nil {
		return value, err
	}
	db := newDB(c, &engine{writer: pool}, pool)
	defer pool.Close()
	var there bool
	err = pool.QueryRowContext(ctx, "select exists (select 1 from sqlite_schema where type = 'table' and name = $1)",
		table).Scan(&there)
	if err != nil || !there {
		return value, classify(err)
	}
	value, err = read(db.DB, ctx)
	return value, db.Explain(ctx, err)
}

// HasUsers reports whether a database that this process has not opened, and that may be of an
// older version of the program, has any user.
func HasUsers(ctx context.Context, path string) (bool, error) {
	has, err := peek(ctx, Config{Path: path}, "users", (*store.DB).HasUsers)
	if err != nil {
		return false, fmt.Errorf("read users of %s: %w", path, err)
	}
	return has, nil
}

// ReadHeld returns how many deliveries are held in a database that this process has not opened, of
// whatever version.
func ReadHeld(ctx context.Context, path string) (held int, err error) {
	held, err = peek(ctx, Config{Path: path}, "deliveries", (*store.DB).CountHeld)
	if err != nil {
		return 0, fmt.Errorf("look for held deliveries in %s: %w", path, err)
	}
	return held, nil
}

// ReadDuplicates is [store.DB.Duplicates] for a database that this process has not opened, of
// whatever version.
func ReadDuplicates(ctx context.Context, path string) ([][]int64, error) {
	groups, err := peek(ctx, Config{Path: path}, "subscribers", (*store.DB).ComputeDuplicates)
	if err != nil {
		return nil, fmt.Errorf("look for duplicates in %s: %w", path, err)
	}
	return groups, nil
}

// ReadConfirmationStats is [store.DB.ConfirmationStats] for a database that this process has not
// opened, at the time now. One that an older version of the program made has none.
func ReadConfirmationStats(ctx context.Context, path string, now time.Time) (namets.ConfirmationStats, error) {
	c := Config{Path: path, Now: func() time.Time { return now }}
	stats, err := peek(ctx, c, "confirmations", (*store.DB).ConfirmationStats)
	if err != nil {
		return stats, fmt.Errorf("read confirmations of %s: %w", path, err)
	}
	return stats, nil
}

// ReadTokenHistory is [store.DB.TokenHistory] for a database that this process has not opened. A
// database that is missing, or too old to hold one, has none.
func ReadTokenHistory(ctx context.Context, path string) ([]token.Generation, error) {
	return peekIfThere(ctx, path, "token_generations", (*store.DB).TokenHistory)
}

// ReadTokenStatus is [store.DB.TokenStatus] for a database that this process has not opened. A
// database that is missing, or too old to hold one, has the zero status.
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
