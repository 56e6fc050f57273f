package sqlite

import (
	"context"
	"fmt"

	"namets/internal/store"
)

// QuickCheck reads the whole database while others use it and returns [store.ErrDamaged] if its
// structure is damaged. It occupies a reader connection until it is done, which takes seconds for a
// large database. If ctx ends first, it returns another error and the state of the database is
// unknown.
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
