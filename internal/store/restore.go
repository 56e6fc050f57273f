package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// Restoring says how [DB.Restore] makes a backup the database to go on with.
type Restoring struct {
	// Columns are those of the backup, table by table. Replaced are those of the database in whose
	// place it comes, which the writer's connection has as "old", for reading only; nil: there is
	// none, or it is damaged. Trouble says what is wrong with it then.
	Columns, Replaced map[string][]string
	Trouble           string
	// CarrySequences lets no id be given that the replaced database has given.
	CarrySequences func(context.Context, *sql.Tx) error
	// KeepDeletes carries over what was deleted and switched after the backup.
	KeepDeletes bool
	// By is who restores.
	By namets.Actor
}

// Restore makes the database, a copy of a backup whose schema is up to date, the one to go on
// with, in one transaction: no session and no link to a password or a subscription outlives it;
// and what must not come back does not, as far as the replaced database tells: who left by
// themselves, what was announced and delivered, old passwords and deleted users. Deliveries of
// which nobody can tell whether they went out are held. When the replaced database cannot be read
// after all, the error is a [*ReplacedError].
func (db *DB) Restore(ctx context.Context, o Restoring) (report namets.RestoreReport, err error) {
	r := &restorer{Restoring: o, report: &report, columns: columnsOf(o.Replaced)}
	report.Compared, report.Trouble = namets.NothingReplaced, o.Trouble
	if o.Trouble != "" {
		report.Compared = namets.NotReadable
	}
	if r.columns != nil && !r.has("migrations", "audit", "subscribers") {
		return report, &ReplacedError{errors.New("it is not a database of namets")}
	}
	err = db.write(ctx, func(t *tx) error {
		r.tx = t
		return r.run(ctx)
	})
	return report, err
}

// columnsOf returns the tables and columns as "users" and "users.role"; nil for nil.
func columnsOf(tables map[string][]string) map[string]bool {
	if tables == nil {
		return nil
	}
	names := map[string]bool{}
	for table, columns := range tables {
		names[table] = true
		for _, column := range columns {
			names[table+"."+column] = true
		}
	}
	return names
}

// ReplacedError says that the replaced database cannot be read.
type ReplacedError struct{ Err error }

// Error implements error.
func (e *ReplacedError) Error() string { return "read the replaced database: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *ReplacedError) Unwrap() error { return e.Err }

// restorer is one restore under way.
type restorer struct {
	*tx
	Restoring
	report *namets.RestoreReport
	// columns are those of the replaced database: "users.role" → true. Nil when there is none.
	columns map[string]bool
	// audited is the last id of the backup's audit: what the replaced database has above it
	// happened after the backup.
	audited int64
}

// has reports whether the replaced database has all of the tables and columns.
func (r *restorer) has(names ...string) bool {
	for _, name := range names {
		if !r.columns[name] {
			return false
		}
	}
	return true
}

// run does all of it.
func (r *restorer) run(ctx context.Context) error {
	for _, kind := range namets.ContentKinds() {
		r.touch(kind)
	}
	if err := r.compare(ctx); err != nil {
		return err
	}
	steps := []func(context.Context) error{r.endLinks}
	if r.columns != nil {
		steps = append(steps, r.carryLeaving, r.carrySecrets)
	}
	if r.report.Compared == namets.LaterState {
		steps = append(steps, r.carrySequences, r.carryDeliveries, r.carryWishes, r.carryUsers, r.listRows,
			r.carryNewDeliveries, r.carryAnnounced)
	} else if r.report.Compared == namets.OtherBranch {
		steps = append(steps, r.carrySequences, r.carryDeliveries)
	}
	steps = append(steps, r.hold, r.settleDeliveries, r.carryAudit, r.recordAudit)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return r.blame(err)
		}
	}
	return nil
}

// blame says that the replaced database is damaged when err does: the copy was checked before.
func (r *restorer) blame(err error) error {
	if r.columns != nil && errors.Is(r.wrap(err), ErrDamaged) {
		return &ReplacedError{err}
	}
	return err
}

// exec runs a statement and returns how many rows it changed.
func (r *restorer) exec(ctx context.Context, query string, args ...any) (int, error) {
	result, err := r.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// compare finds out how the two databases belong together.
func (r *restorer) compare(ctx context.Context) error {
	var newest sql.NullInt64
	err := r.QueryRowContext(ctx, `select coalesce(max(id), 0), max(at) from main.audit`).Scan(&r.audited, &newest)
	r.report.Newest = timeOf(newest)
	if err != nil || r.columns == nil {
		return err
	}
	var sameRoot, known, pruned bool
	err = r.QueryRowContext(ctx, `
		select (select applied_at from main.migrations where version = 1)
				is not distinct from (select applied_at from old.migrations where version = 1),
			exists (select 1 from main.audit m join old.audit o
				on o.id = m.id and o.at = m.at and o.action = m.action and o.entity = m.entity
					and o.entity_id is not distinct from m.entity_id where m.id = $1),
			coalesce((select min(id) from old.audit) > $1, false)`, r.audited).Scan(&sameRoot, &known, &pruned)
	switch {
	case err != nil:
		return &ReplacedError{err}
	case !sameRoot:
		r.report.Compared = namets.OtherInstance
	case known || pruned || r.audited == 0:
		r.report.Compared = namets.LaterState
	default:
		r.report.Compared = namets.OtherBranch
	}
	return nil
}

// endLinks ends every session, and every link that gives somebody rights once: its holder may have
// lost those rights.
func (r *restorer) endLinks(ctx context.Context) error {
	for _, table := range []string{"sessions", "ended_sessions", "password_links", "confirmations"} {
		if _, err := r.exec(ctx, "delete from main."+table); err != nil {
			return err
		}
	}
	return nil
}

// carrySequences lets no id be given twice: what happened after the backup may still be referred
// to by its id.
func (r *restorer) carrySequences(ctx context.Context) error { return r.CarrySequences(ctx, r.Tx) }

// carryAudit keeps the record of who did what after the backup, also of what the restore undoes.
func (r *restorer) carryAudit(ctx context.Context) error {
	if r.report.Compared != namets.LaterState {
		return nil
	}
	columns := r.common("audit")
	_, err := r.exec(ctx, `insert into main.audit (`+columns+`) select `+columns+
		` from old.audit where id > $1 on conflict do nothing`, r.audited)
	return err
}

// recordAudit writes the restore into the audit.
func (r *restorer) recordAudit(ctx context.Context) error {
	counts := map[namets.RowChange]int{}
	for _, row := range r.report.Rows {
		counts[row.Change]++
	}
	held := 0
	for _, h := range r.report.Held {
		held += h.Count
	}
	return r.audit(ctx, r.By, "restore", namets.KindDatabase, 0, struct {
		Compared namets.Comparison        `json:"compared"`
		Rows     map[namets.RowChange]int `json:"rows,omitempty"`
		Held     int                      `json:"held"`
	}{r.report.Compared, counts, held})
}

// RecordRestore notes that somebody lets the next start restore the backup.
func (db *DB) RecordRestore(ctx context.Context, by namets.Actor, backup string) error {
	return db.write(ctx, func(t *tx) error {
		return t.audit(ctx, by, "ask_restore", namets.KindDatabase, 0, struct {
			Reason string `json:"reason"`
		}{backup})
	})
}
