package sqlite

import (
	"context"
	"fmt"

	"namets/internal/store"
)

// QuickCheck reads the whole database while others use it and returns a [store.ErrDamaged] when
// its structure is not sound. It holds a connection of the readers for as long as it takes,
// seconds for a large database; when ctx ends first, it is not known whether the database is
// sound, and the error is another one.
func (db *DB) QuickCheck(ctx context.Context) error {
	var verdict string
	if err := db.reader.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check the database: %w", db.engine.Classify(err))
	}
	db.engine.damaged.Store(verdict != "ok")
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", store.ErrDamaged, verdict)
	}
	return nil
}

// Damaged reports whether the last [DB.QuickCheck], or a statement since, has found the database
// damaged.
func (db *DB) Damaged() bool { return db.engine.damaged.Load() }
