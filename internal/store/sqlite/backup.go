package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"namets/internal/datadir"
	"namets/internal/store"
)

// Backup writes a consistent copy of the database to path, which must not exist, while others read
// and write. The copy is checked and flushed to the disk before it gets its name, so a file with
// that name is always a complete backup. It does not contain the digests of tokens, because a token
// that is replaced after the backup must not be accepted again during an overlap. If the database's
// files have moved, Backup returns an error, because they belong to another database.
func (db *DB) Backup(ctx context.Context, path string) error {
	if err := db.engine.files.check(); err != nil {
		return err
	}
	return Copy(ctx, db.path, path)
}

// Copy is [DB.Backup] for a database that this process has not opened.
func Copy(ctx context.Context, from, to string) (err error) {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy the database to %s: %w", to, errors.Join(fs.ErrExist, err))
	}
	if info, err := os.Stat(from); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", from)
	}
	partial := to + ".part"
	claim, err := claimPartial(partial)
	if err != nil {
		return fmt.Errorf("copy the database to %s: %w", to, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("copy the database to %s: %w", to, classify(err)), discard(claim, partial))
		}
		_ = claim.Close()
	}()
	source, err := sql.Open("sqlite", dsn(from, true)) // a connection of its own, so that writers need not wait
	if err != nil {
		return err
	}
	defer source.Close()
	source.SetMaxOpenConns(1)
	if _, err := source.ExecContext(ctx, "pragma query_only = 0"); err != nil { // only the copy is written
		return err
	}
	if _, err := source.ExecContext(ctx, "vacuum into $1", partial); err != nil {
		return err
	}
	if err := forgetDigests(ctx, partial); err != nil {
		return err
	}
	if err := Check(ctx, partial); err != nil {
		return err
	}
	if err := datadir.Flush(partial); err != nil {
		return err
	}
	if err := publish(claim, partial, to); err != nil {
		return err
	}
	return datadir.Flush(filepath.Dir(to))
}

// forgetDigests removes the digests of accepted tokens from the database at path, which nobody else
// uses.
func forgetDigests(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=secure_delete(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	var there bool // databases of old versions lack the table
	err = db.QueryRowContext(ctx, `select exists (select 1 from sqlite_master where name = `+
		`'token_generations')`).Scan(&there)
	if err == nil && there {
		_, err = db.ExecContext(ctx, `update token_generations set digest = null where digest is not null`)
	}
	return errors.Join(err, db.Close())
}

// Check returns an error if the file at path is not an undamaged database of this program or of an
// older version. It changes nothing.
func Check(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path, true))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var verdict string
	if err := db.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check %s: %w", path, classify(err))
	}
	if verdict != "ok" {
		return fmt.Errorf("%s is not a sound database: %w: %s", path, store.ErrDamaged, verdict)
	}
	var version int
	if err := db.QueryRowContext(ctx, "select coalesce(max(version), 0) from migrations").Scan(&version); err != nil {
		return fmt.Errorf("%s is a database, but not one of namets: %w", path, err)
	}
	return known(version)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Size returns the size on disk in bytes of the database file and its write-ahead log.
func (db *DB) Size() (bytes int64, err error) { return FileSize(db.path) }

// FileSize is [DB.Size] for a database that this process has not opened; 0 if it does not exist.
func FileSize(path string) (bytes int64, err error) {
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		if err == nil {
			bytes += info.Size()
		}
	}
	return bytes, nil
}
