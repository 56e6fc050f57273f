package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
)

// Restoring is the input of [FinishRestore].
type Restoring struct {
	// Path is a checked copy of the backup that nobody else uses. FinishRestore changes it.
	Path string
	// Replaced is the replaced database, which is only read; empty if there is none or it is
	// damaged. Trouble then describes the damage.
	Replaced, Trouble string
	// KeepDeletes repeats the deletions and switches made after the backup.
	KeepDeletes bool
	// By is the user who restores.
	By namets.Actor
	// Now is the clock for all rows; nil means time.Now. Zone is the site's time zone, in which
	// notifications write times; nil means UTC.
	Now  func() time.Time
	Zone *time.Location
	// Legacy is that of [store.Config].
	Legacy *namets.HookSpec
	// Driver runs the statements; nil means modernc.org/sqlite.
	Driver *Driver
}

// FinishRestore migrates the copy of a backup and updates its rows with [store.DB.Restore]. If the
// replaced database turns out to be unreadable, the error is a [*store.ReplacedError], and the
// caller starts again with a new copy and without Replaced.
func FinishRestore(ctx context.Context, o Restoring) (report namets.RestoreReport, err error) {
	c := Config{Path: o.Path, Now: o.Now, Zone: o.Zone, Legacy: o.Legacy, Driver: o.Driver.or()}
	pool, err := c.Driver.Connect(plainDSN(o.Path)) // one connection, which has the replaced database attached
	if err != nil {
		return report, err
	}
	pool.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := checkSchema(ctx, pool, o.Path); err != nil {
		return report, err
	}
	var verdict string // includes constraints on rows, which SQLite does not check in a read-only file
	if err := pool.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&verdict); err != nil {
		return report, classify(err)
	}
	if verdict != "ok" {
		return report, fmt.Errorf("%w: %s", store.ErrDamaged, verdict)
	}
	e, err := start(ctx, pool, c)
	if err != nil {
		return report, fmt.Errorf("bring the schema up to date: %w", err)
	}
	r := store.Restoring{Trouble: o.Trouble, KeepDeletes: o.KeepDeletes, By: o.By, CarrySequences: carrySequences}
	if r.Columns, err = columnsOf(ctx, pool, "main"); err != nil {
		return report, classify(err)
	}
	if o.Replaced != "" {
		if r.Replaced, err = attach(ctx, pool, o.Replaced); err != nil {
			return report, &store.ReplacedError{Err: classify(err)}
		}
	}
	return newDB(c, e, pool).Restore(ctx, r)
}

// plainDSN is like dsn, without a write-ahead log: for a file that one connection uses and that
// must be complete without other files.
func plainDSN(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(DELETE)", "synchronous(FULL)", "secure_delete(1)",
	}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// attach attaches the replaced database to the copy as "old", read-only, and returns its tables
// with their columns.
func attach(ctx context.Context, db *sql.DB, path string) (map[string][]string, error) {
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro"
	if _, err := db.ExecContext(ctx, "attach $1 as old", file); err != nil {
		return nil, err
	}
	return columnsOf(ctx, db, "old")
}

// columnsOf returns the tables of the database "main" or "old", with their columns in order.
func columnsOf(ctx context.Context, db *sql.DB, name string) (map[string][]string, error) {
	rows, err := db.QueryContext(ctx, `select t.name, c.name from `+name+`.sqlite_schema t
		join pragma_table_info(t.name, '`+name+`') c where t.type = 'table' order by t.name, c.cid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		columns[table] = append(columns[table], column)
	}
	return columns, rows.Err()
}

// carrySequences makes the ids of the copy continue after those of the replaced database.
func carrySequences(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `update main.sqlite_sequence set seq = max(seq, coalesce((select o.seq from `+
		`old.sqlite_sequence o where o.name = sqlite_sequence.name), 0))`)
	if err == nil {
		_, err = tx.ExecContext(ctx, `insert into main.sqlite_sequence (name, seq) select name, seq
			from old.sqlite_sequence o
			where name in (select name from main.sqlite_schema where type = 'table') and name not in (select name
				from main.sqlite_sequence)`)
	}
	return err
}
