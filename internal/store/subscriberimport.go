package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"namets/internal/namets"
)

// ImportSubscribers is [DB.ImportSubscriberRows] for rows of a committee's table in memory. It
// returns a verdict for each, without the reasons.
func (db *DB) ImportSubscribers(ctx context.Context, by namets.Actor, rows []namets.SubscriberRow,
	dryRun bool) (verdicts []namets.ImportVerdict, err error) {
	_, err = db.ImportSubscriberRows(ctx, by, eachRow(rows...), namets.SubscriberImport{DryRun: dryRun},
		func(r namets.RowResult) { verdicts = append(verdicts, r.Verdict) })
	if err != nil {
		return nil, err
	}
	return verdicts, nil
}

// eachRow yields the rows.
func eachRow(rows ...namets.SubscriberRow) iter.Seq2[namets.SubscriberRow, error] {
	return func(yield func(namets.SubscriberRow, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// ImportSubscriberRows stores rows with distinct addresses in one transaction, and calls result
// after each, before it reads the next one. It returns an error of rows as it is, and then stores
// nothing. With DryRun it only reads, so that other writers need not wait. It reports whether what
// it stored is committed: not with DryRun, and not when Atomic is set and a row was refused.
//
// A row applies to the subscriber that is stored with exactly its address, or else to the one of
// the same mailbox. Its changes, and all of a new subscriber, must pass the validation of the
// forms. An address that has left is not subscribed again, unless a later consent is claimed, and
// one that is suppressed for a final reason never is. Nobody becomes active again.
func (db *DB) ImportSubscriberRows(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error],
	opts namets.SubscriberImport, result func(namets.RowResult)) (done bool, err error) {
	if opts.DryRun {
		return false, db.read(ctx, func(r readTx) error {
			_, err := db.tx(r.Tx).importSubscribers(ctx, by, rows, opts, result)
			return err
		})
	}
	refused := false
	seen := func(r namets.RowResult) {
		refused = refused || r.Verdict == namets.ImportRefused
		result(r)
	}
	err = db.write(ctx, func(t *tx) error {
		if opts.Program == nil {
			return t.importTable(ctx, by, rows, opts, seen)
		}
		t.quiet = opts.Program.Quiet
		err := t.bulk(ctx, by, "import", namets.KindSubscribers, 0, &bulkDetail{}, func() error {
			_, err := t.importSubscribers(ctx, by, rows, opts, seen)
			return err
		})
		if err == nil && refused && opts.Program.Atomic {
			err = errNotWanted
		}
		return err
	})
	if errors.Is(err, errNotWanted) {
		return false, nil
	}
	return err == nil, err
}

// importTable imports a committee's table, with one audit row.
func (t *tx) importTable(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error],
	opts namets.SubscriberImport, result func(namets.RowResult)) error {
	counts, err := t.importSubscribers(ctx, by, rows, opts, result)
	if err != nil {
		return err
	}
	return t.audit(ctx, by, "import", namets.KindSubscribers, 0, struct {
		Count int                          `json:"count"` // of rows stored
		Rows  map[namets.ImportVerdict]int `json:"rows"`
	}{counts[namets.ImportAdded] + counts[namets.ImportChanged] + counts[namets.ImportInactive], counts})
}

// WriteSubscriber stores one row of a program as [DB.ImportSubscriberRows] does, and returns its
// result with the subscriber and its revision, if the result has an id. Errors: the reason of a row
// that is refused; Conflict with the cause [namets.ErrOtherRevision].
func (db *DB) WriteSubscriber(ctx context.Context, by namets.Actor, w namets.SubscriberWrite) (r namets.RowResult,
	s namets.Subscriber, revision int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		t.quiet = w.Quiet
		if err := t.accept(ctx, &w); err != nil {
			return err
		}
		_, err := t.importSubscribers(ctx, by, eachRow(w.SubscriberRow),
			namets.SubscriberImport{Program: &w.ProgramImport}, func(got namets.RowResult) { r = got })
		if err = errors.Join(err, r.Why); err != nil || r.ID == 0 {
			return err
		}
		s, revision, err = subscribers().row(ctx, t, r.ID)
		return err
	})
	return r, s, revision, err
}

// accept returns a Conflict if w does not accept the revision of the stored subscriber, and the
// error of its check.
func (t *tx) accept(ctx context.Context, w *namets.SubscriberWrite) error {
	var s namets.Subscriber
	stored := &s
	revision, err := subscribers().readWhole(ctx, t, "email_key", namets.EmailKey(*w.Patch.Email),
		subscribers().fields(&s))
	if namets.CodeOf(err) == namets.NotFound {
		stored, err = nil, nil
	}
	switch {
	case err != nil:
		return err
	case w.Accepts != nil && !w.Accepts(revision):
		return subscribers().changedMeanwhile()
	case w.Check == nil:
		return nil
	}
	return w.Check(stored, revision)
}

// importSubscribers stores the rows, or only computes the results, and counts the verdicts of rows
// that are not refused.
func (t *tx) importSubscribers(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error],
	opts namets.SubscriberImport, result func(namets.RowResult)) (counts map[namets.ImportVerdict]int, err error) {
	im, err := t.newRowImport(ctx, by, opts)
	if err != nil {
		return nil, err
	}
	defer im.close()
	counts = map[namets.ImportVerdict]int{}
	n := 0
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		n++
		r, err := im.subscriber(ctx, &row)
		if err != nil {
			return nil, fmt.Errorf("import row %d: %w", n, err)
		}
		if r.Verdict != namets.ImportRefused {
			counts[r.Verdict]++
		}
		result(r)
	}
	t.touch(namets.KindSubscribers)
	return counts, nil
}
