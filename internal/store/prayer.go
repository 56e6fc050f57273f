package store

import (
	"context"
	"fmt"

	"namets/internal/namets"
)

func prayerSchedules() *table[namets.PrayerSchedule] {
	type row = namets.PrayerSchedule
	return &table[row]{
		kind:  namets.KindPrayerSchedules,
		title: func(r *row) string { return r.Date.String() },
		columns: []column[row]{
			{name: "id", field: func(r *row) any { return &r.ID }},
			{name: "date", field: func(r *row) any { return date{&r.Date} }, parked: parkedDate},
			{name: "fajr_adhan", field: func(r *row) any { return &r.FajrAdhan }},
			{name: "fajr_iqama", field: func(r *row) any { return &r.FajrIqama }},
			{name: "dhuhr_adhan", field: func(r *row) any { return &r.DhuhrAdhan }},
			{name: "dhuhr_iqama", field: func(r *row) any { return &r.DhuhrIqama }},
			{name: "asr_adhan", field: func(r *row) any { return &r.AsrAdhan }},
			{name: "asr_iqama", field: func(r *row) any { return &r.AsrIqama }},
			{name: "maghrib_adhan", field: func(r *row) any { return &r.MaghribAdhan }},
			{name: "maghrib_iqama", field: func(r *row) any { return &r.MaghribIqama }},
			{name: "isha_adhan", field: func(r *row) any { return &r.IshaAdhan }},
			{name: "isha_iqama", field: func(r *row) any { return &r.IshaIqama }},
			{name: "is_active", field: func(r *row) any { return flag{&r.IsActive} }},
			{name: "send_email", field: func(r *row) any { return flag{&r.SendEmail} }},
		},
		announcedColumn: &announcedColumn[row]{name: "unannounced", value: func(*row, *importer) any { return 0 }},
	}
}

// parkedDate has the form of a date, in a month that does not exist.
func parkedDate(n int) string { return fmt.Sprintf("%04d-%02d-%02d", n/8000, 20+n/100%80, n%100) }

const activePrayerSchedules = `where is_active order by date`

// ActivePrayerSchedules calls yield for every active prayer schedule, by date, out of one read
// transaction. It stops at the first error and returns it.
func (db *DB) ActivePrayerSchedules(ctx context.Context, yield func(*namets.PrayerSchedule) error) error {
	return prayerSchedules().each(ctx, db.reader, activePrayerSchedules, yield)
}
