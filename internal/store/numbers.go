package store

import (
	"context"
	"encoding/json"
	"time"

	"namets/internal/namets"
)

// dayNumbers reads daily_counts, which are kept by quarter of an hour: see migration 8.
const dayNumbers = `
	select
		(select coalesce(sum(n), 0) from daily_counts where what = 'joined' and quarter >= d.value ->> 0
			and quarter < d.value ->> 1),
		(select coalesce(sum(n), 0) from daily_counts where what = 'left' and quarter >= d.value ->> 0
			and quarter < d.value ->> 1),
		(select coalesce(sum(n), 0) from daily_counts where what = 'queued' and quarter >= d.value ->> 0
			and quarter < d.value ->> 1),
		(select count(*) from announcements where is_active and publish_at >= d.value ->> 2
			and publish_at < d.value ->> 3)
	from json_each($1) d order by d.key`

// quarterHour is the unit of daily_counts, in microseconds.
const quarterHour = int64(15 * time.Minute / time.Microsecond)

// DayNumbers returns the numbers of n days of the database's zone, the last of which is that of
// now.
func (db *DB) DayNumbers(ctx context.Context, now time.Time, n int) ([]namets.DayNumbers, error) {
	last := namets.DateOf(now.In(db.zone))
	list := make([]namets.DayNumbers, n)
	bounds := make([][4]int64, n)
	for i := range list {
		list[i].Day = last.AddDays(i - n + 1)
		from, to := db.midnight(list[i].Day), db.midnight(list[i].Day.AddDays(1))
		bounds[i] = [4]int64{from / quarterHour, to / quarterHour, from, to}
	}
	text, err := json.Marshal(bounds)
	if err != nil {
		return nil, err
	}
	rows, err := db.reader.QueryContext(ctx, dayNumbers, string(text))
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		if err := rows.Scan(&list[i].Joined, &list[i].Left, &list[i].Webhooks, &list[i].Published); err != nil {
			return nil, db.wrap(err)
		}
	}
	return list, db.wrap(rows.Err())
}

// midnight returns the day's first instant in the database's zone.
func (db *DB) midnight(d namets.Date) int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, db.zone).UnixMicro()
}

// Totals counts what there is at now.
func (db *DB) Totals(ctx context.Context, now time.Time) (t namets.Totals, err error) {
	err = db.reader.QueryRowContext(ctx, `
		select
			(select coalesce(sum(n), 0) from subscriber_counts where is_active),
			(select count(*) from announcements where is_active and publish_at > $1),
			(select count(*) from announcements indexed by announcements_listed -- it holds all but the texts
				where is_active and publish_at <= $1 and (expire_at is null or expire_at > $1)),
			(select count(*) from events where is_active and end_datetime > $1)`,
		now.UnixMicro()).Scan(&t.Subscribers, &t.Scheduled, &t.Announcements, &t.Events)
	return t, db.wrap(err)
}
