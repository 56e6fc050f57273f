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

// Restoring says how [FinishRestore] makes a backup the database to go on with.
type Restoring struct {
	// Path is a checked copy of the backup that nobody else uses; it is changed.
	Path string
	// Replaced is the database in whose place it comes, which is only read; empty: there is none,
	// or it is damaged. Trouble says what is wrong with it then.
	Replaced, Trouble string
	// KeepDeletes carries over what was deleted and switched after the backup.
	KeepDeletes bool
	// By is who restores.
	By namets.Actor
	// Now is the clock of all rows; nil means time.Now. Zone is the site's, in which notifications
	// write times; nil means UTC.
	Now  func() time.Time
	Zone *time.Location
	// Driver carries the statements out; nil means modernc.org/sqlite.
	Driver *Driver
}

// FinishRestore brings the copy of a backup up to date: its schema, and its rows by
// [store.DB.Restore]. When the replaced database cannot be read after all, the error is a
// [*store.ReplacedError], and the caller begins again with another copy and without Replaced.
func FinishRestore(ctx context.Context, o Restoring) (report namets.RestoreReport, err error) {
	c := Config{Path: o.Path, Now: o.Now, Zone: o.Zone, Driver: o.Driver.or()}
	pool, err := c.Driver.Connect(plainDSN(o.Path)) // one connection, which has the replaced database attached
	if err != nil {
		return report, err
	}
	pool.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := checkSchema(ctx, pool, o.Path); err != nil {
		return report, err
	}
	var verdict string // of the rules for rows too, which SQLite passes over in a file that it only reads
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

// plainDSN is dsn for a file that one connection uses and that must be whole by itself: no
// write-ahead log.
func plainDSN(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(DELETE)", "synchronous(FULL)", "secure_delete(1)",
	}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// attach opens the replaced database next to the copy, as "old", for reading only, and returns its
// tables with their columns.
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

// carrySequences makes the copy go on counting ids where the replaced database is.
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
