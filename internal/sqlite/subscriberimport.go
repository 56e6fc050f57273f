package sqlite

import (
	"context"
	"errors"
	"fmt"

	"namets/internal/namets"
)

// ImportSubscribers stores rows whose addresses differ from each other, in one transaction, and returns a verdict for
// each. With dryRun nothing is written. It fires no event, then or later. Somebody who has left is not brought back, and
// nobody becomes active again.
func (db *DB) ImportSubscribers(ctx context.Context, by namets.Actor, rows []namets.SubscriberRow, dryRun bool) (verdicts []namets.ImportVerdict, err error) {
	err = db.write(ctx, func(t *tx) error {
		im := &importer{tx: t, report: &namets.ImportReport{}}
		if err := im.left.read(ctx, t); err != nil {
			return err
		}
		counts := map[namets.ImportVerdict]int{}
		for i := range rows {
			verdict, err := im.subscriber(ctx, &rows[i])
			if err != nil {
				return fmt.Errorf("import row %d: %w", i+1, err)
			}
			verdicts = append(verdicts, verdict)
			counts[verdict]++
		}
		if dryRun {
			return errNotWanted
		}
		t.touch(namets.Subscribers)
		return t.audit(ctx, by, "import", "subscribers", 0, counts)
	})
	if err != nil && !errors.Is(err, errNotWanted) {
		return nil, err
	}
	return verdicts, nil
}

// subscriber stores one row.
func (im *importer) subscriber(ctx context.Context, row *namets.SubscriberRow) (namets.ImportVerdict, error) {
	left, err := im.hasLeft(ctx, *row.Patch.Email)
	if left || err != nil {
		return namets.ImportLeft, err
	}
	before, found, err := im.subscriberWith(ctx, *row.Patch.Email)
	if err != nil {
		return "", err
	}
	if !found {
		return namets.ImportAdded, im.addSubscriber(ctx, row)
	}
	after := before
	row.Patch.Apply(&after)
	stays := !before.IsActive && after.IsActive
	after.IsActive = after.IsActive && before.IsActive
	after.Email = before.Email // another letter case is no news
	changed, err := subscribers().changed(&before, &after)
	switch {
	case err != nil:
		return "", err
	case len(changed) > 0:
		values := subscribers().fields(&after)
		if _, err := im.ExecContext(ctx, "update subscribers set "+subscribers().assignments()+" where id = $1", values...); err != nil {
			return "", err
		}
	}
	switch {
	case stays:
		return namets.ImportInactive, nil
	case len(changed) == 0:
		return namets.ImportUnchanged, nil
	}
	return namets.ImportChanged, nil
}

func (im *importer) addSubscriber(ctx context.Context, row *namets.SubscriberRow) error {
	s := namets.NewSubscriber(*row.Patch.Email)
	row.Patch.Apply(&s)
	s.Token, s.SubscribedAt, s.LastNotified = namets.NewUUID(), im.now, row.LastNotified
	if row.SubscribedAt != nil {
		s.SubscribedAt = *row.SubscribedAt
	}
	table := subscribers()
	values := append(table.fields(&s)[1:], table.mark.value(&s, im))
	_, err := im.ExecContext(ctx, "insert into subscribers ("+table.names()[len("id, "):]+", "+table.mark.name+") values ("+
		placeholders(len(values))+")", values...)
	return err
}
