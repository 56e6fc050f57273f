package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"namets/internal/namets"
)

// ImportSubscribers stores rows whose addresses differ from each other, in one transaction, and returns a verdict for
// each. With dryRun it only reads, so that nobody who writes has to wait. It fires no event, then or later. Somebody who
// has left is not brought back, and nobody becomes active again.
func (db *DB) ImportSubscribers(ctx context.Context, by namets.Actor, rows []namets.SubscriberRow, dryRun bool) (verdicts []namets.ImportVerdict, err error) {
	verdicts = make([]namets.ImportVerdict, len(rows))
	if dryRun {
		return verdicts, db.tryImport(ctx, rows, verdicts)
	}
	err = db.write(ctx, func(t *tx) error {
		if err := t.importSubscribers(ctx, rows, verdicts, false); err != nil {
			return err
		}
		counts := map[namets.ImportVerdict]int{}
		for _, verdict := range verdicts {
			counts[verdict]++
		}
		t.touch(namets.Subscribers)
		return t.audit(ctx, by, "import", "subscribers", 0, counts)
	})
	if err != nil {
		return nil, err
	}
	return verdicts, nil
}

// tryImport fills in the verdicts and writes nothing.
func (db *DB) tryImport(ctx context.Context, rows []namets.SubscriberRow, verdicts []namets.ImportVerdict) error {
	sqlTx, err := db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(err)
	}
	defer sqlTx.Rollback()
	t := &tx{Tx: sqlTx, now: namets.Micro(db.now()), zone: db.zone}
	return wrap(t.importSubscribers(ctx, rows, verdicts, true))
}

// tableImport takes a table of subscribers in, or only looks what would become of it.
type tableImport struct {
	*importer
	find, insert, update *sql.Stmt
	dryRun               bool
}

// importSubscribers does the work of ImportSubscribers.
func (t *tx) importSubscribers(ctx context.Context, rows []namets.SubscriberRow, verdicts []namets.ImportVerdict, dryRun bool) (err error) {
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
		{&im.insert, "insert into subscribers (" + table.names()[len("id, "):] + ", " + table.mark.name + ") values (" + placeholders(len(table.columns)) + ")"},
		{&im.update, "update subscribers set " + table.assignments() + " where id = $1"},
	} {
		stmt, err := t.PrepareContext(ctx, s.query)
		if err != nil {
			return err
		}
		defer stmt.Close()
		*s.into = stmt
	}
	for i := range rows {
		if verdicts[i], err = im.subscriber(ctx, &rows[i]); err != nil {
			return fmt.Errorf("import row %d: %w", i+1, err)
		}
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
	_, err := im.insert.ExecContext(ctx, append(table.fields(&s)[1:], table.mark.value(&s, im.importer))...)
	return err
}
