package sqlite

import (
	"context"
	"database/sql"

	"namets/internal/namets"
)

// Export returns all rows, each kind by id, out of one read transaction.
func (db *DB) Export(ctx context.Context) (*namets.Dataset, error) {
	tx, err := db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, wrap(err)
	}
	defer tx.Rollback()
	var d namets.Dataset
	if d.Subscribers, err = subscribers().all(ctx, tx, "order by id"); err != nil {
		return nil, err
	}
	if d.Announcements, err = announcements().all(ctx, tx, "order by id"); err != nil {
		return nil, err
	}
	if d.EventCategories, err = eventCategories().all(ctx, tx, "order by id"); err != nil {
		return nil, err
	}
	if d.Events, err = events().all(ctx, tx, "order by id"); err != nil {
		return nil, err
	}
	if d.Patrons, err = patrons().all(ctx, tx, "order by id"); err != nil {
		return nil, err
	}
	if d.PrayerSchedules, err = prayerSchedules().all(ctx, tx, "order by id"); err != nil {
		return nil, err
	}
	return &d, nil
}
