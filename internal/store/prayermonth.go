package store

import (
	"context"

	"namets/internal/namets"
)

// PrayerSchedulesBetween returns the prayer schedules of the days from first to last, by date, and
// their revisions by id.
func (db *DB) PrayerSchedulesBetween(ctx context.Context, first,
	last namets.Date) (list []namets.PrayerSchedule, revisions map[int64]int64, err error) {
	revisions = map[int64]int64{}
	rows, err := db.reader.QueryContext(ctx, "select "+prayerSchedules().names()+
		", revision from prayer_schedules where date between $1 and $2 order by date", first.String(), last.String())
	if err != nil {
		return nil, nil, db.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s namets.PrayerSchedule
		var revision int64
		if err := rows.Scan(append(prayerSchedules().fields(&s), &revision)...); err != nil {
			return nil, nil, db.wrap(err)
		}
		list = append(list, s)
		revisions[s.ID] = revision
	}
	return list, revisions, db.wrap(rows.Err())
}

// SavePrayerSchedules stores all of list in one transaction, as [DB.CreatePrayerSchedule] does
// with those without an id and [DB.UpdatePrayerSchedule] with the others. Errors: theirs; then
// nothing is stored.
func (db *DB) SavePrayerSchedules(ctx context.Context, by namets.Actor, list []namets.PrayerSchedule,
	revisions map[int64]int64) error {
	d := bulkDetail{}
	for _, s := range list {
		if day := s.Date.String(); d.First == "" || day < d.First {
			d.First = day
		}
		d.Last = max(d.Last, s.Date.String())
	}
	return db.write(ctx, func(t *tx) error {
		return t.bulk(ctx, by, "update", namets.KindPrayerSchedules, 0, &d, func() error {
			for _, s := range list {
				var err error
				if s.ID == 0 {
					_, err = t.createPrayerSchedule(ctx, by, s)
				} else {
					err = t.updatePrayerSchedule(ctx, by, revisions[s.ID], s)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}
