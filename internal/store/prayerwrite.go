package store

import (
	"context"

	"namets/internal/namets"
)

// PrayerSchedule returns the prayer schedule with the id, and its revision. Errors: NotFound.
func (db *DB) PrayerSchedule(ctx context.Context, id int64) (namets.PrayerSchedule, int64, error) {
	return prayerSchedules().row(ctx, db.reader, id)
}

// CreatePrayerSchedule stores s under a new id. With SendEmail, prayer_updated is queued as soon
// as it is active. Errors: Conflict with Field date.
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

// UpdatePrayerSchedule overwrites the prayer schedule with s's id; a revision other than 0 must be
// the stored one. When it carries SendEmail and its times really changed, prayer_updated is
// queued, for an inactive one as soon as it is active. Errors: NotFound; Conflict, with Field date
// or, for another revision, without one.
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

// notifyAboutTimes queues prayer_updated for s when its times changed in a save that asks for it,
// now or while s was inactive.
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
	first, err := t.changes(ctx, `update prayer_schedules set unannounced = 0 where id = $1 and unannounced = 1`, s.ID)
	if err != nil || !first {
		return err
	}
	to, err := t.audience(ctx, namets.PrayerUpdated)
	if err != nil {
		return err
	}
	return t.queue(ctx, namets.NewPrayerNotification(s), subject{namets.KindPrayerSchedules, s.ID}, to)
}
