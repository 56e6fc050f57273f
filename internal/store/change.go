package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// changeRow is [table.change] in a transaction of its own.
func changeRow[R any](ctx context.Context, db *DB, rows *table[R],
	c namets.Change[R]) (done namets.Changed[R], err error) {
	err = db.write(ctx, func(t *tx) error {
		done, err = rows.change(ctx, t, c)
		return err
	})
	return done, err
}

// storing returns the change that stores row: under its id, if that is not 0, over the revision, if
// that is not 0.
func storing[R any](by namets.Actor, id, revision int64, row R) namets.Change[R] {
	return namets.Change[R]{By: by, Row: namets.RowRef{ID: id}, Accepts: namets.ExactRevision(revision),
		Edit: func(stored *R, _ int64) error {
			*stored = row
			return nil
		}}
}

// change carries out c: it stores the row if anything changed, with its audit row, and announces
// what has to be announced. Errors: NotFound, unless c creates the row; Conflict, with the field
// whose value is taken, or with the cause [namets.ErrOtherRevision]; those of c.Edit and of the
// table's prepare.
func (t *table[R]) change(ctx context.Context, tx *tx, c namets.Change[R]) (done namets.Changed[R], err error) {
	was, revision, err := t.named(ctx, tx, c.Row)
	if err != nil && (namets.CodeOf(err) != namets.NotFound || !c.Create && c.Row != namets.RowRef{}) {
		return done, err
	}
	if c.Accepts != nil && !c.Accepts(revision) {
		return done, t.changedMeanwhile()
	}
	done.Row, done.Revision = was, revision
	stored := &was
	if revision == 0 {
		stored = nil
		key, _, _ := metaOf(t.fields(&done.Row))
		*key = c.Row.Key
	}
	if err := c.Edit(&done.Row, revision); err != nil {
		return done, t.allBroken(ctx, tx, stored, &done.Row, err)
	}
	if t.prepare != nil {
		if err := t.prepare(ctx, tx, stored, &done.Row); err != nil {
			return done, err
		}
	}
	if err := t.put(ctx, tx, c.By, stored, &done); err != nil {
		return done, err
	}
	if t.settle == nil {
		return done, nil
	}
	return done, t.settle(ctx, tx, stored, &done.Row, c.Quiet)
}

// allBroken returns err, the error of an edit, with what prepare says of the row as well if err
// consists of broken rules. Nothing of the transaction is kept.
func (t *table[R]) allBroken(ctx context.Context, tx *tx, was, row *R, err error) error {
	if _, broken := errors.AsType[namets.Problems](err); !broken || t.prepare == nil {
		return err
	}
	if more := t.prepare(ctx, tx, was, row); namets.CodeOf(more) == namets.Invalid {
		return namets.JoinProblems(err, more)
	}
	return err
}

// put stores done.Row, which was was before, nil if it is new, and sets the rest of done.
func (t *table[R]) put(ctx context.Context, tx *tx, by namets.Actor, was *R, done *namets.Changed[R]) error {
	fields := t.fields(&done.Row)
	if was == nil {
		id, err := t.insert(ctx, tx, by, fields)
		*fields[0].(*int64) = id
		done.Revision, done.Outcome = 1, namets.WasCreated
		return err
	}
	before := t.fields(was)
	*fields[0].(*int64) = idOf(before)
	changed, err := t.save(ctx, tx, by, idOf(before), before, fields)
	if done.Outcome = namets.WasUnchanged; changed {
		done.Revision, done.Outcome = done.Revision+1, namets.WasUpdated
	}
	return err
}

// removeRow deletes a row with its audit row. Errors: Conflict with the cause
// [namets.ErrOtherRevision].
func removeRow[R any](ctx context.Context, db *DB, rows *table[R],
	r namets.Removal) (done namets.Changed[R], err error) {
	return removeWith(ctx, db, rows, r, func(t *tx, id int64) error {
		_, err := rows.delete(ctx, t, r.By, id)
		return err
	})
}

// removeWith is removeRow for rows that remove deletes.
func removeWith[R any](ctx context.Context, db *DB, rows *table[R], r namets.Removal,
	remove func(t *tx, id int64) error) (done namets.Changed[R], err error) {
	err = db.write(ctx, func(t *tx) error {
		done.Row, done.Revision, err = rows.named(ctx, t, r.Row)
		switch {
		case namets.CodeOf(err) == namets.NotFound:
			done.Outcome = namets.WasAbsent
			return nil
		case err != nil:
			return err
		case r.Accepts != nil && !r.Accepts(done.Revision):
			return rows.changedMeanwhile()
		}
		done.Outcome = namets.WasDeleted
		return remove(t, idOf(rows.fields(&done.Row)))
	})
	return done, err
}

// removeByID is removeRow for a row that must exist. Errors: NotFound.
func removeByID[R any](ctx context.Context, db *DB, rows *table[R], by namets.Actor, id int64) error {
	done, err := removeRow(ctx, db, rows, namets.Removal{By: by, Row: namets.RowRef{ID: id}})
	if err == nil && done.Outcome == namets.WasAbsent {
		err = rows.noSuchID(id)
	}
	return err
}

// named returns the row that ref names, and its revision. Errors: NotFound.
func (t *table[R]) named(ctx context.Context, q querier, ref namets.RowRef) (row R, revision int64, err error) {
	column, value := "id", any(ref.ID)
	switch {
	case ref == namets.RowRef{}:
		return row, 0, t.noSuch()
	case ref.Key != "":
		column, value = "key", ref.Key
	case ref.Date != namets.Date{}:
		column, value = "date", ref.Date.String()
	}
	revision, err = t.readWhole(ctx, q, column, value, t.fields(&row))
	return row, revision, err
}

// readWhole sets the fields to the row with the value in a unique column, and returns its revision.
// Errors: NotFound.
func (s *schema) readWhole(ctx context.Context, q querier, column string, value any,
	fields []any) (revision int64, err error) {
	if text, ok := value.(string); ok && !storable(text) {
		return 0, s.noSuch()
	}
	err = q.QueryRowContext(ctx, "select "+s.names()+", revision from "+s.name()+" where "+column+" = $1", value).
		Scan(append(fields, &revision)...)
	if errors.Is(err, sql.ErrNoRows) {
		if id, ok := value.(int64); ok {
			return 0, s.noSuchID(id)
		}
		return 0, s.noSuch()
	}
	return revision, q.wrap(err)
}
