package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrOlder means that the database was written by an older version of the program and has not been
// migrated yet.
var ErrOlder = errors.New("the database comes from an older version of namets")

// OpenReadOnly opens an existing database for reading. It does not migrate the database, and
// methods that write fail. A database of a newer version is refused. A database of an older version
// can be read as far as its tables allow: [DB.Explain] explains errors that result from its age.
func OpenReadOnly(ctx context.Context, c Config) (*DB, error) {
	if _, err := os.Stat(c.Path); err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", dsn(c.Path, true))
	if err != nil {
		return nil, fmt.Errorf("open database %s for reading: %w", c.Path, err)
	}
	version, err := versionOf(ctx, reader)
	if err == nil {
		err = known(version)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", c.Path, classify(err)), reader.Close())
	}
	return newDB(c, &engine{writer: reader}, reader), nil
}

// Explain returns [ErrOlder] or [ErrNewer] if err means that a table or column is missing and the
// database's schema is of another version, and otherwise err.
func (db *DB) Explain(ctx context.Context, err error) error { return explain(ctx, db.reader, err) }

func explain(ctx context.Context, db *sql.DB, err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); !ok || e.Code()&0xff != lib.SQLITE_ERROR {
		return err
	}
	version, versionErr := versionOf(ctx, db)
	if versionErr != nil {
		return err
	}
	if newer := known(version); newer != nil {
		return newer
	}
	if needs, stepsErr := steps(); stepsErr == nil && version < len(needs) {
		return fmt.Errorf("%w: its schema is version %d and this needs version %d; start this program's "+
			"\"namets serve\" once, "+
			"which brings it up to date, or use the older program (%v)", ErrOlder, version, len(needs),
			err) //nolint:errorlint // no caller handles a missing table
	}
	return err
}

// versionOf reads the version of the schema, without writing; 0 for a database without one.
func versionOf(ctx context.Context, db *sql.DB) (version int, err error) {
	var tables int
	err = db.QueryRowContext(ctx, `select count(*) from sqlite_schema where type = 'table' and name = `+
		`'migrations'`).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `select coalesce(max(version), 0) from migrations`).Scan(&version)
	return version, err
}

// steps returns the names of the migrations in order.
func steps() ([]string, error) { return fs.Glob(migrations, "migration/*.sql") } // sorted
