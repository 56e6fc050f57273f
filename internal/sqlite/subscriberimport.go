package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"namets/internal/namets"
)

// ImportSubscribers is [DB.ImportSubscriberRows] for rows in memory. It returns a verdict for each.
func (db *DB) ImportSubscribers(ctx context.Context, by namets.Actor, rows []namets.SubscriberRow,
	dryRun bool) (verdicts []namets.ImportVerdict, err error) {
	each := func(yield func(namets.SubscriberRow, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
	err = db.ImportSubscriberRows(ctx, by, each, dryRun, func(v namets.ImportVerdict) {
		verdicts = append(verdicts, v)
	})
	if err != nil {
		return nil, err
	}
	return verdicts, nil
}

// ImportSubscriberRows stores rows whose addresses differ from each other, in one transaction, and
// calls verdict after each, before it asks for the next one. An error of rows is its own, and
// nothing is stored then. With dryRun it only reads, so that nobody who writes has to wait. It
// fires no event, then or later. Somebody who has left is not brought back, and nobody becomes
// active again.
func (db *DB) ImportSubscriberRows(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error],
	dryRun bool,
	verdict func(namets.ImportVerdict)) error {
	if dryRun {
		return db.tryImport(ctx, rows, verdict)
	}
	return db.write(ctx, func(t *tx) error {
		counts := map[namets.ImportVerdict]int{}
		err := t.importSubscribers(ctx, rows, false, func(v namets.ImportVerdict) {
			counts[v]++
			verdict(v)
		})
		if err != nil {
			return err
		}
		t.touch(namets.Subscribers)
		return t.audit(ctx, by, "import", "subscribers", 0, struct {
			Count int                          `json:"count"` // of the rows that were stored
			Rows  map[namets.ImportVerdict]int `json:"rows"`
		}{counts[namets.ImportAdded] + counts[namets.ImportChanged] + counts[namets.ImportInactive], counts})
	})
}

// tryImport finds the verdicts and writes nothing.
func (db *DB) tryImport(ctx context.Context, rows iter.Seq2[namets.SubscriberRow, error],
	verdict func(namets.ImportVerdict)) error {
	sqlTx, err := db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(err)
	}
	defer sqlTx.Rollback()
	t := &tx{Tx: sqlTx, now: namets.Micro(db.now()), zone: db.zone}
	return wrap(t.importSubscribers(ctx, rows, true, verdict))
}

// tableImport takes a table of subscribers in, or only looks what would become of it.
type tableImport struct {
	*importer
	find, insert, update *sql.Stmt
	dryRun               bool
}

// importSubscribers does the work of ImportSubscriberRows.
func (t *tx) importSubscribers(ctx context.Context, rows iter.Seq2[namets.SubscriberRow, error], dryRun bool,
	each func(namets.ImportVerdict)) error {
	table := subscribers()
	im := &tableImport{importer: &importer{tx: t, report: &namets.ImportReport{}}, dryRun: dryRun}
	if err := im.left.read(ctx, t); err != nil {
		return err
	}
	for _, s := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&im.find, "select " + table.names() + " from subscribers where email_key = $1"},
		{&im.insert, "insert into subscribers (" + table.names()[len("id, "):] + ", " + table.announcedColumn.name +
			") values (" + placeholders(len(table.columns)) + ")"},
		{&im.update, "update subscribers set " + table.assignments() + " where id = $1"},
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
		verdict, err := im.subscriber(ctx, &row)
		if err != nil {
			return fmt.Errorf("import row %d: %w", n, err)
		}
		each(verdict)
	}
	return nil
}

// subscriber stores one row.
func (im *tableImport) subscriber(ctx context.Context, row *namets.SubscriberRow) (namets.ImportVerdict, error) {
	var before namets.Subscriber
	err := im.find.QueryRowContext(ctx, namets.EmailKey(*row.Patch.Email)).Scan(subscribers().fields(&before)...)
	if errors.Is(err, sql.ErrNoRows) { // whoever is there has come back, or was added by hand
		if left, err := im.hasLeft(ctx, *row.Patch.Email); left || err != nil {
			return namets.ImportLeft, err
		}
		return namets.ImportAdded, im.addSubscriber(ctx, row)
	}
	if err != nil {
		return "", err
	}
	after := before
	row.Patch.Apply(&after)
	stays := !before.IsActive && after.IsActive
	after.IsActive = after.IsActive && before.IsActive
	after.Email = before.Email // another spelling is no news
	changed, err := subscribers().changed(&before, &after)
	if err != nil {
		return "", err
	}
	if len(changed) > 0 && !im.dryRun {
		if _, err := im.update.ExecContext(ctx, subscribers().fields(&after)...); err != nil {
			return "", err
		}
	}
	switch {
	case stays && len(changed) == 0:
		return namets.ImportStays, nil
	case stays:
		return namets.ImportInactive, nil
	case len(changed) == 0:
		return namets.ImportUnchanged, nil
	}
	return namets.ImportChanged, nil
}

func (im *tableImport) addSubscriber(ctx context.Context, row *namets.SubscriberRow) error {
	if im.dryRun {
		return nil
	}
	s := namets.NewSubscriber(*row.Patch.Email)
	row.Patch.Apply(&s)
	s.Token, s.SubscribedAt, s.LastNotified = namets.NewUUID(), im.now, row.LastNotified
	if row.SubscribedAt != nil {
		s.SubscribedAt = *row.SubscribedAt
	}
	table := subscribers()
	_, err := im.insert.ExecContext(ctx, append(table.fields(&s)[1:], table.announcedColumn.value(&s, im.importer))...)
	return err
}
