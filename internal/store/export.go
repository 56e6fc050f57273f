package store

import (
	"context"

	"namets/internal/namets"
)

// Export returns all rows, each kind by id, out of one read transaction.
func (db *DB) Export(ctx context.Context) (*namets.Dataset, error) {
	var d namets.Dataset
	err := db.read(ctx, func(t readTx) (err error) {
		if d.Subscribers, err = subscribers().all(ctx, t, "order by id"); err != nil {
			return err
		}
		if d.Announcements, err = announcements().all(ctx, t, "order by id"); err != nil {
			return err
		}
		if d.EventCategories, err = eventCategories().all(ctx, t, "order by id"); err != nil {
			return err
		}
		if d.Events, err = events().all(ctx, t, "order by id"); err != nil {
			return err
		}
		if d.Patrons, err = patrons().all(ctx, t, "order by id"); err != nil {
			return err
		}
		d.PrayerSchedules, err = prayerSchedules().all(ctx, t, "order by id")
		return err
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}
