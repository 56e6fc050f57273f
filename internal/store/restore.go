package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// Restoring is the input of [DB.Restore].
type Restoring struct {
	// Columns are the columns of the backup by table. Replaced are those of the replaced database,
	// which is attached to the writer connection as "old", read-only; nil if there is none or it is
	// damaged. Trouble then describes the damage.
	Columns, Replaced map[string][]string
	Trouble           string
	// CarrySequences makes ids continue after those that the replaced database has used.
	CarrySequences func(context.Context, *sql.Tx) error
	// KeepDeletes repeats the deletions and switches made after the backup.
	KeepDeletes bool
	// By is the user who restores.
	By namets.Actor
}

// Restore turns the database, a copy of a backup with an up-to-date schema, into the one to serve
// from, in one transaction. It ends all sessions and all links to a password or a subscription. As
// far as the replaced database shows, it does not bring back subscribers who have left by
// themselves, old passwords, deleted users, revoked API tokens, or deleted hooks, and nothing that
// was announced or delivered is sent again. Deliveries that may or may not have been sent are held,
// and hooks that may or may not exist are paused. If the replaced database turns out to be
// unreadable, the error is a [*ReplacedError].
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

// columnsOf returns the tables and columns in the form "users" and "users.role"; nil for nil.
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

// ReplacedError means that the replaced database cannot be read.
type ReplacedError struct{ Err error }

// Error implements error.
func (e *ReplacedError) Error() string { return "read the replaced database: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *ReplacedError) Unwrap() error { return e.Err }

// restorer is a restore in progress.
type restorer struct {
	*tx
	Restoring
	report *namets.RestoreReport
	// columns are those of the replaced database: "users.role" → true. Nil if there is none.
	columns map[string]bool
	// audited is the last audit id of the backup. Rows of the replaced database with a higher id
	// are from after the backup.
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

// run performs all steps of the restore.
func (r *restorer) run(ctx context.Context) error {
	for _, kind := range namets.ContentKinds() {
		r.touch(kind)
	}
	if err := r.compare(ctx); err != nil {
		return err
	}
	steps := []func(context.Context) error{r.renumber, r.endLinks, r.carryAPITokens, r.carryHooks}
	if r.columns != nil {
		steps = append(steps, r.carryLeaving, r.carrySecrets)
	}
	if r.report.Compared == namets.LaterState {
		steps = append(steps, r.carrySequences, r.carryDeliveries, r.carryPreferences, r.carryUsers,
			r.listAPITokens, r.listRows, r.carryNewDeliveries, r.carryReports, r.carryAnnounced,
			r.carryAnswers, r.carryConsumers)
	} else if r.report.Compared == namets.OtherBranch {
		steps = append(steps, r.carrySequences, r.carryDeliveries, r.carryReports, r.carryAnswers,
			r.carryConsumers)
	}
	steps = append(steps, r.hold, r.skipHookless, r.settleDeliveries, r.restartConsumers, r.carryAudit, r.recordAudit)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return r.blame(err)
		}
	}
	return nil
}

// blame attributes damage to the replaced database, because the copy was checked before.
func (r *restorer) blame(err error) error {
	if r.columns != nil && errors.Is(r.wrap(err), ErrDamaged) {
		return &ReplacedError{err}
	}
	return err
}

// compare determines how the two databases are related.
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

// endLinks ends every session, and every link that grants rights once: its holder may have lost
// those rights since.
func (r *restorer) endLinks(ctx context.Context) error {
	for _, table := range []string{"sessions", "ended_sessions", "password_links", "confirmations"} {
		if _, err := r.exec(ctx, "delete from main."+table); err != nil {
			return err
		}
	}
	return nil
}

// carrySequences ensures that no id is used twice, because ids from after the backup may still be
// in use elsewhere.
func (r *restorer) carrySequences(ctx context.Context) error { return r.CarrySequences(ctx, r.Tx) }

// carryAudit copies the audit rows from after the backup, including those of changes that the
// restore undoes.
func (r *restorer) carryAudit(ctx context.Context) error {
	if r.report.Compared != namets.LaterState {
		return nil
	}
	columns := r.common("audit")
	_, err := r.exec(ctx, `insert into main.audit (`+columns+`) select `+columns+
		` from old.audit where id > $1 on conflict do nothing`, r.audited)
	return err
}

// recordAudit writes the restore's audit row.
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

// RecordRestore records in the audit that somebody has requested a restore of the backup at the
// next start.
func (db *DB) RecordRestore(ctx context.Context, by namets.Actor, backup string) error {
	return db.write(ctx, func(t *tx) error {
		return t.audit(ctx, by, "ask_restore", namets.KindDatabase, 0, reasonDetail{backup})
	})
}
