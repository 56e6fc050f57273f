package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"namets/internal/namets"
)

const dayNumbers = `
	select
		(select count(*) from subscribers where subscribed_at >= d.value ->> 0 and subscribed_at < d.value ->> 1),
		(select count(*) from audit where at >= d.value ->> 0 and at < d.value ->> 1 and entity = 'subscribers' and action = 'delete'),
		(select count(*) from deliveries where created_at >= d.value ->> 0 and created_at < d.value ->> 1),
		(select count(*) from announcements where is_active and publish_at >= d.value ->> 0 and publish_at < d.value ->> 1)
	from json_each($1) d order by d.key`

// DayNumbers returns the numbers of n days of the database's zone, the last of which is that of now.
func (db *DB) DayNumbers(ctx context.Context, now time.Time, n int) ([]namets.DayNumbers, error) {
	last := namets.DateOf(now.In(db.zone))
	list := make([]namets.DayNumbers, n)
	bounds := make([][2]int64, n)
	for i := range list {
		list[i].Day = last.AddDays(i - n + 1)
		bounds[i] = [2]int64{db.midnight(list[i].Day), db.midnight(list[i].Day.AddDays(1))}
	}
	text, err := json.Marshal(bounds)
	if err != nil {
		return nil, err
	}
	rows, err := db.reader.QueryContext(ctx, dayNumbers, string(text))
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		if err := rows.Scan(&list[i].Joined, &list[i].Left, &list[i].Webhooks, &list[i].Published); err != nil {
			return nil, wrap(err)
		}
	}
	return list, wrap(rows.Err())
}

// midnight returns the day's first instant in the database's zone.
func (db *DB) midnight(d namets.Date) int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, db.zone).UnixMicro()
}

// Totals counts what there is at now.
func (db *DB) Totals(ctx context.Context, now time.Time) (t namets.Totals, err error) {
	err = db.reader.QueryRowContext(ctx, `
		select
			(select count(*) from subscribers where is_active),
			(select count(*) from announcements where is_active and publish_at > $1),
			(select count(*) from announcements where is_active and publish_at <= $1 and (expire_at is null or expire_at > $1)),
			(select count(*) from events where is_active and end_datetime > $1)`,
		now.UnixMicro()).Scan(&t.Subscribers, &t.Scheduled, &t.Announcements, &t.Events)
	return t, wrap(err)
}
