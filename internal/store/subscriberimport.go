package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"namets/internal/namets"
)

// ImportSubscribers is [DB.ImportSubscriberRows] for rows in memory. It returns a verdict for each,
// without the reasons.
func (db *DB) ImportSubscribers(ctx context.Context, by namets.Actor, rows []namets.SubscriberRow,
	dryRun bool) (verdicts []namets.ImportVerdict, err error) {
	each := func(yield func(namets.SubscriberRow, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
	err = db.ImportSubscriberRows(ctx, by, each, dryRun, func(v namets.ImportVerdict, _ error) {
		verdicts = append(verdicts, v)
	})
	if err != nil {
		return nil, err
	}
	return verdicts, nil
}

// ImportSubscriberRows stores rows with distinct addresses in one transaction, and calls verdict
// after each, before it reads the next one. why is [namets.Problems] for a refused row, and nil if
// it is refused because no subscriber is stored with exactly its address. It returns an error of
// rows as it is, and then stores nothing. With dryRun it only reads, so that other writers need not
// wait. It fires no event, then or later.
//
// A row applies to the subscriber that is stored with exactly its address, or else to the one of
// the same mailbox. Its changes, and all of a new subscriber, must pass the validation of the
// forms. An address that has left is not subscribed again, and nobody becomes active again.
func (db *DB) ImportSubscriberRows(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error],
	dryRun bool, verdict func(v namets.ImportVerdict, why error)) error {
	if dryRun {
		return db.tryImport(ctx, rows, verdict)
	}
	return db.write(ctx, func(t *tx) error {
		counts := map[namets.ImportVerdict]int{}
		err := t.importSubscribers(ctx, rows, false, func(v namets.ImportVerdict, why error) {
			if v != namets.ImportRefused {
				counts[v]++
			}
			verdict(v, why)
		})
		if err != nil {
			return err
		}
		t.touch(namets.KindSubscribers)
		return t.audit(ctx, by, "import", namets.KindSubscribers, 0, struct {
			Count int                          `json:"count"` // of rows stored
			Rows  map[namets.ImportVerdict]int `json:"rows"`
		}{counts[namets.ImportAdded] + counts[namets.ImportChanged] + counts[namets.ImportInactive], counts})
	})
}

// tryImport returns the verdicts and writes nothing.
func (db *DB) tryImport(ctx context.Context, rows iter.Seq2[namets.SubscriberRow, error],
	verdict func(namets.ImportVerdict, error)) error {
	return db.read(ctx, func(r readTx) error { return db.tx(r.Tx).importSubscribers(ctx, rows, true, verdict) })
}

// tableImport imports a table of subscribers, or only computes the verdicts.
type tableImport struct {
	*importer
	byKey, insert, update *sql.Stmt
	dryRun                bool
	all, own              *table[namets.Subscriber] // own without columns derived from the address
	loosely               map[int64]bool            // subscribers matched by a row with another spelling
}

// importSubscribers implements ImportSubscriberRows.
func (t *tx) importSubscribers(ctx context.Context, rows iter.Seq2[namets.SubscriberRow, error], dryRun bool,
	each func(namets.ImportVerdict, error)) error {
	all := subscribers()
	own := all.own()
	im := &tableImport{importer: &importer{tx: t, report: &namets.ImportReport{}}, all: all, own: own, dryRun: dryRun,
		loosely: map[int64]bool{}}
	var err error
	if im.left, err = readSuppressions(ctx, t, "true"); err != nil {
		return err
	}
	for _, s := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&im.byKey, "select " + own.names() + " from subscribers where email_key = $1"},
		{&im.insert, "insert into subscribers (" + all.names()[len("id, "):] + ", " + all.announcedColumn +
			") values (" + placeholders(len(all.columns)) + ")"},
		{&im.update, "update subscribers set " + own.assignments() + " where id = $1"},
	} {
		stmt, err := t.PrepareContext(ctx, s.query)
		if err != nil {
			return err
		}
		defer stmt.Close()
		*s.into = stmt
	}
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		n++
		verdict, why, err := im.subscriber(ctx, &row)
		if err != nil {
			return fmt.Errorf("import row %d: %w", n, err)
		}
		each(verdict, why)
	}
	return nil
}

// find returns the subscriber to which the row applies, and reports whether there is one. An
// earlier version may have stored two subscribers for one mailbox; one of them then has a key of
// its own.
func (im *tableImport) find(ctx context.Context, row *namets.SubscriberRow) (before namets.Subscriber,
	found bool, err error) {
	spellings := row.Spellings()
	for _, spelling := range spellings {
		for i, key := range namets.EmailKeys(spelling) {
			var s namets.Subscriber
			err := im.byKey.QueryRowContext(ctx, key).Scan(im.own.fields(&s)...)
			switch {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return s, false, err
			case s.Email == spellings[0]:
				return s, !row.Exact || !im.loosely[s.ID], nil
			case s.Email == spelling, i == 0 && !found && spelling == *row.Patch.Email:
				before, found = s, true
			}
		}
	}
	if found = found && !row.Exact; found {
		im.loosely[before.ID] = true
	}
	return before, found, nil
}

// subscriber stores one row. why is the reason if it is refused.
func (im *tableImport) subscriber(ctx context.Context, row *namets.SubscriberRow) (v namets.ImportVerdict,
	why, err error) {
	before, found, err := im.find(ctx, row)
	switch {
	case err != nil:
		return "", nil, err
	case found: // a stored subscriber has come back, or was added by hand
		return im.changeSubscriber(ctx, row, &before)
	case row.Exact:
		return namets.ImportRefused, nil, nil
	}
	if left, err := im.hasLeft(ctx, *row.Patch.Email); left || err != nil {
		return namets.ImportLeft, nil, err
	}
	return im.addSubscriber(ctx, row)
}

// changeSubscriber stores the changes of the row. Nobody becomes active again.
func (im *tableImport) changeSubscriber(ctx context.Context, row *namets.SubscriberRow,
	before *namets.Subscriber) (v namets.ImportVerdict, why, err error) {
	after, why := row.Onto(before)
	if why != nil {
		return namets.ImportRefused, why, nil
	}
	stays := !before.IsActive && after.IsActive
	after.IsActive = after.IsActive && before.IsActive
	changed, err := im.own.changed(im.own.fields(before), im.own.fields(&after))
	if err != nil {
		return "", nil, err
	}
	if len(changed) > 0 && !im.dryRun {
		after.Updated = im.now
		if _, err := im.update.ExecContext(ctx, im.own.fields(&after)...); err != nil {
			return "", nil, err
		}
	}
	switch {
	case stays && len(changed) == 0:
		return namets.ImportStays, nil, nil
	case stays:
		return namets.ImportInactive, nil, nil
	case len(changed) == 0:
		return namets.ImportUnchanged, nil, nil
	}
	return namets.ImportChanged, nil, nil
}

// addSubscriber stores the row of a new subscriber.
func (im *tableImport) addSubscriber(ctx context.Context, row *namets.SubscriberRow) (v namets.ImportVerdict,
	why, err error) {
	s := namets.NewSubscriber(*row.Patch.Email)
	row.Patch.Apply(&s)
	if why := s.Validate(); why != nil {
		return namets.ImportRefused, why, nil
	}
	if im.dryRun {
		return namets.ImportAdded, nil, nil
	}
	s.Created, s.Updated = im.now, im.now
	s.Token, s.SubscribedAt, s.LastNotified = namets.NewUUID(), im.now, row.LastNotified
	if row.SubscribedAt != nil {
		s.SubscribedAt = *row.SubscribedAt
	}
	values := append(im.all.fields(&s)[1:], im.all.announced(&s, im.importer))
	result, err := im.insert.ExecContext(ctx, values...)
	if err != nil {
		return "", nil, err
	}
	id, err := result.LastInsertId()
	if row.Spellings()[0] != s.Email {
		im.loosely[id] = true
	}
	return namets.ImportAdded, nil, err
}
