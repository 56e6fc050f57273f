package store

import (
	"context"
	"fmt"

	"namets/internal/namets"
)

func prayerSchedules() *table[namets.PrayerSchedule] {
	type row = namets.PrayerSchedule
	return &table[row]{
		schema: schema{
			kind: namets.KindPrayerSchedules, known: "date",
			announcedColumn: "unannounced",
			columns: withMeta([]column{
				{name: "id"}, {name: "date", parked: parkedDate}, {name: "fajr_adhan"}, {name: "fajr_iqama"},
				{name: "dhuhr_adhan"}, {name: "dhuhr_iqama"}, {name: "asr_adhan"}, {name: "asr_iqama"},
				{name: "maghrib_adhan"}, {name: "maghrib_iqama"}, {name: "isha_adhan"}, {name: "isha_iqama"},
				{name: "is_active", switches: true}, {name: "send_email", switches: true},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.PrayerSchedules },
		fields: func(r *row) []any {
			return withMetaOf(&r.Meta,
				&r.ID, date{&r.Date}, &r.FajrAdhan, &r.FajrIqama, &r.DhuhrAdhan, &r.DhuhrIqama, &r.AsrAdhan,
				&r.AsrIqama, &r.MaghribAdhan, &r.MaghribIqama, &r.IshaAdhan, &r.IshaIqama, flag{&r.IsActive},
				flag{&r.SendEmail},
			)
		},
		announced: func(*row, *importer) any { return false },
	}
}

// parkedDate returns a placeholder in the form of a date, in a month that does not exist.
func parkedDate(n int) string { return fmt.Sprintf("%04d-%02d-%02d", n/8000, 20+n/100%80, n%100) }

const activePrayerSchedules = `where is_active order by date`

// ActivePrayerSchedules calls yield for every active prayer schedule, by date, in one read
// transaction. It stops at the first error and returns it.
func (db *DB) ActivePrayerSchedules(ctx context.Context, yield func(*namets.PrayerSchedule) error) error {
	return prayerSchedules().each(ctx, db.reader, activePrayerSchedules, yield)
}

const publicPrayerSchedules = `where is_active and date >= $1 order by date limit $2`

// PrayerSchedules returns up to limit active prayer schedules, by date, starting at the day. Days
// may be missing.
func (db *DB) PrayerSchedules(ctx context.Context, from namets.Date, limit int) ([]namets.PrayerSchedule, error) {
	return prayerSchedules().all(ctx, db.reader, publicPrayerSchedules, from.String(), limit)
}

// PrayerSchedule returns the prayer schedule with the id, and its revision. Errors: NotFound.
func (db *DB) PrayerSchedule(ctx context.Context, id int64) (namets.PrayerSchedule, int64, error) {
	return prayerSchedules().row(ctx, db.reader, id)
}

// CreatePrayerSchedule stores s under a new id. With SendEmail, prayer_updated is queued as soon as
// s is active. Errors: Conflict with Field date.
func (db *DB) CreatePrayerSchedule(ctx context.Context, by namets.Actor,
	s namets.PrayerSchedule) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		id, err = t.createPrayerSchedule(ctx, by, s)
		return err
	})
	return id, err
}

func (t *tx) createPrayerSchedule(ctx context.Context, by namets.Actor, s namets.PrayerSchedule) (id int64, err error) {
	if s.ID, err = prayerSchedules().create(ctx, t, by, &s); err != nil {
		return 0, err
	}
	return s.ID, t.notifyAboutTimes(ctx, true, &s)
}

// UpdatePrayerSchedule overwrites the prayer schedule with s's id. A revision other than 0 must
// match the stored one. If s has SendEmail and its times changed, prayer_updated is queued, for an
// inactive schedule as soon as it is active. Errors: NotFound; Conflict, with Field date, or
// without a field for another revision.
func (db *DB) UpdatePrayerSchedule(ctx context.Context, by namets.Actor, revision int64,
	s namets.PrayerSchedule) error {
	return db.write(ctx, func(t *tx) error { return t.updatePrayerSchedule(ctx, by, revision, s) })
}

func (t *tx) updatePrayerSchedule(ctx context.Context, by namets.Actor, revision int64, s namets.PrayerSchedule) error {
	before, after, err := prayerSchedules().update(ctx, t, by, s.ID, revision, func(row *namets.PrayerSchedule) {
		*row = s
	})
	if err != nil {
		return err
	}
	return t.notifyAboutTimes(ctx, before.PrayerTimes != after.PrayerTimes || before.Date != after.Date, &after)
}

// DeletePrayerSchedule removes the prayer schedule with the id. Errors: NotFound.
func (db *DB) DeletePrayerSchedule(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		_, err := prayerSchedules().delete(ctx, t, by, id)
		return err
	})
}

// notifyAboutTimes queues prayer_updated for s if its times changed in a save with SendEmail, now
// or while s was inactive.
func (t *tx) notifyAboutTimes(ctx context.Context, changed bool, s *namets.PrayerSchedule) error {
	if changed {
		if _, err := t.ExecContext(ctx, `update prayer_schedules set unannounced = $2 where id = $1`, s.ID,
			flag{&s.SendEmail}); err != nil {
			return err
		}
	}
	if !s.IsActive || !s.SendEmail {
		return nil
	}
	first, err := t.changes(ctx, `update prayer_schedules set unannounced = false where id = $1 and unannounced`, s.ID)
	if err != nil || !first {
		return err
	}
	to, err := t.audience(ctx, namets.PrayerUpdated)
	if err != nil {
		return err
	}
	return t.queue(ctx, namets.NewPrayerNotification(s), subject{namets.KindPrayerSchedules, s.ID}, to)
}

// PrayerSchedulesBetween returns the prayer schedules from first to last, by date, and their
// revisions by id.
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

// SavePrayerSchedules stores all of list in one transaction: schedules without an id like
// [DB.CreatePrayerSchedule], the others like [DB.UpdatePrayerSchedule]. Errors: theirs, after which
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
