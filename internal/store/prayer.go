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
		settle: func(ctx context.Context, t *tx, was, s *row, quiet bool) error {
			moved := was == nil || was.PrayerTimes != s.PrayerTimes || was.Date != s.Date
			return t.notifyAboutTimes(ctx, moved, s, quiet)
		},
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
	done, err := db.ChangePrayerSchedule(ctx, storing(by, 0, 0, s))
	return done.Row.ID, err
}

// UpdatePrayerSchedule overwrites the prayer schedule with s's id. A revision other than 0 must
// match the stored one. If s has SendEmail and its times changed, prayer_updated is queued, for an
// inactive schedule as soon as it is active. Errors: NotFound; Conflict, with Field date, or
// without a field for another revision.
func (db *DB) UpdatePrayerSchedule(ctx context.Context, by namets.Actor, revision int64,
	s namets.PrayerSchedule) error {
	_, err := db.ChangePrayerSchedule(ctx, storing(by, s.ID, revision, s))
	return err
}

// ChangePrayerSchedule carries out c, as CreatePrayerSchedule and UpdatePrayerSchedule do. Errors:
// theirs and that of c.Edit; the Conflict for another revision has the cause
// [namets.ErrOtherRevision].
func (db *DB) ChangePrayerSchedule(ctx context.Context,
	c namets.Change[namets.PrayerSchedule]) (namets.Changed[namets.PrayerSchedule], error) {
	return changeRow(ctx, db, prayerSchedules(), c)
}

// DeletePrayerSchedule removes the prayer schedule with the id. Errors: NotFound.
func (db *DB) DeletePrayerSchedule(ctx context.Context, by namets.Actor, id int64) error {
	return removeByID(ctx, db, prayerSchedules(), by, id)
}

// RemovePrayerSchedule is DeletePrayerSchedule for a row that may be absent. Errors: Conflict with
// the cause [namets.ErrOtherRevision].
func (db *DB) RemovePrayerSchedule(ctx context.Context,
	r namets.Removal) (namets.Changed[namets.PrayerSchedule], error) {
	return removeRow(ctx, db, prayerSchedules(), r)
}

// notifyAboutTimes queues prayer_updated for s if its times changed in a save with SendEmail, now
// or while s was inactive. With quiet, its times count as announced.
func (t *tx) notifyAboutTimes(ctx context.Context, changed bool, s *namets.PrayerSchedule, quiet bool) error {
	if changed || quiet {
		open := s.SendEmail && !quiet
		if _, err := t.ExecContext(ctx, `update prayer_schedules set unannounced = $2 where id = $1`, s.ID,
			flag{&open}); err != nil {
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
				_, err := prayerSchedules().change(ctx, t, storing(by, s.ID, revisions[s.ID], s))
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}
