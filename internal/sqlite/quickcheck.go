package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// damage remembers whether the database is known to be damaged.
type damage struct{ known atomic.Bool }

// note remembers what err says of damage, and returns err.
func (d *damage) note(err error) error {
	if errors.Is(err, ErrDamaged) {
		d.known.Store(true)
	}
	return err
}

// QuickCheck reads the whole database while others use it and returns an [ErrDamaged] when its
// structure is not sound. It holds a connection of the readers for as long as it takes, seconds
// for a large database; when ctx ends first, it is not known whether the database is sound, and
// the error is another one.
func (db *DB) QuickCheck(ctx context.Context) error {
	var verdict string
	err := db.reader.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&verdict)
	switch {
	case err != nil:
		return db.damage.note(fmt.Errorf("check the database: %w", wrap(err)))
	case verdict != "ok":
		return db.damage.note(fmt.Errorf("%w: %s", ErrDamaged, verdict))
	}
	db.damage.known.Store(false)
	return nil
}

// Damaged reports whether the last [DB.QuickCheck], or a write or [DB.Ping] since, has found the
// database damaged.
func (db *DB) Damaged() bool { return db.damage.known.Load() }
