package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"namets/internal/store"
)

//go:embed migration/*.sql
var migrations embed.FS

// ErrNewer means that the database was written by a newer version of the program.
var ErrNewer = errors.New("the database comes from a newer version of namets")

// migrate brings the schema up to date, each step in a transaction together with its record. It is
// safe while another process does the same, and takes the write lock only if a step is missing. It
// is written by hand because a backup is made under the write lock before the first step, and two
// processes may start at once: no migration library supports either.
func migrate(ctx context.Context, db *sql.DB, c Config) error {
	steps, err := steps()
	if err != nil {
		return err
	}
	version, err := versionOf(ctx, db)
	if err != nil {
		return err
	}
	for saved, done := false, version == len(steps); !done; {
		if done, err = migrateOnce(ctx, db, c, steps, &saved); err != nil {
			return err
		}
	}
	return nil
}

// known returns ErrNewer for a schema version that this program does not know.
func known(version int) error {
	steps, err := steps()
	if err == nil && version > len(steps) {
		err = fmt.Errorf("%w: its schema is version %d, this program knows up to %d; start the newer program, "+
			"or restore a backup from before the upgrade", ErrNewer, version, len(steps))
	}
	return err
}

// migrateOnce applies the first missing step and reports whether none is missing. Before the first
// step it calls BeforeMigration to save the rows, unless saved is set. Nobody else can write during
// that.
func migrateOnce(ctx context.Context, db *sql.DB, c Config, steps []string, saved *bool) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	version, err := schemaVersion(ctx, tx)
	if err != nil {
		return false, err
	}
	if err := known(version); err != nil {
		return false, err
	}
	if version == len(steps) {
		return true, nil
	}
	if version > 0 && !*saved && c.BeforeMigration != nil {
		save := func(path string) error { return Copy(ctx, c.Path, path) }
		if err := c.BeforeMigration(version, save); err != nil {
			return false, fmt.Errorf("before it is migrated from version %d to %d: %w", version, len(steps), err)
		}
	}
	*saved = true
	text, err := migrations.ReadFile(steps[version])
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return false, fmt.Errorf("migrate to version %d: %w", version+1, err)
	}
	if step := rowStep(strings.TrimPrefix(steps[version], "migration/")); step != nil {
		if err := step(ctx, tx); err != nil {
			return false, fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
	}
	applied := time.Now()
	if c.Now != nil {
		applied = c.Now()
	}
	_, err = tx.ExecContext(ctx, `insert into migrations (version, name, applied_at) values ($1, $2, $3)`,
		version+1, strings.TrimPrefix(steps[version], "migration/"), applied.UnixMicro())
	if err != nil {
		return false, err
	}
	return false, tx.Commit()
}

// rowStep returns the changes that a migration makes to rows in addition to its SQL, in the same
// transaction; nil if there are none. name is the file name, of which the number is ignored.
func rowStep(name string) func(context.Context, *sql.Tx) error {
	_, name, _ = strings.Cut(name, "_")
	if name == "mailbox_identity.sql" {
		return store.IdentifyMailboxes
	}
	return nil
}

// createMigrations creates the table of the applied steps.
const createMigrations = `
		create table if not exists migrations (
			version    integer primary key,
			name       text    not null,
			applied_at integer not null
		) strict`

// schemaVersion returns the number of the last applied step, 0 for a new database.
func schemaVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
	_, err = tx.ExecContext(ctx, createMigrations)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `select coalesce(max(version), 0) from migrations`).Scan(&version)
	return version, err
}
