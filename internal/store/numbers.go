package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"namets/internal/namets"
)

// quarterHour is the unit of daily_counts, in microseconds.
const quarterHour = int64(15 * time.Minute / time.Microsecond)

// DayNumbers returns the numbers of n days, in the database's zone, up to and including the day of
// now.
func (db *DB) DayNumbers(ctx context.Context, now time.Time, n int) ([]namets.DayNumbers, error) {
	last := namets.DateOf(now.In(db.zone))
	list := make([]namets.DayNumbers, n)
	days := make([]string, n) // rows: index, quarter hours from and to, instants from and to
	for i := range list {
		list[i].Day = last.AddDays(i - n + 1)
		from, to := db.midnight(list[i].Day), db.midnight(list[i].Day.AddDays(1))
		days[i] = fmt.Sprintf("(%d, %d, %d, %d, %d)", i, from/quarterHour, to/quarterHour, from, to)
	}
	if n == 0 {
		return list, nil
	}
	// daily_counts has a row per quarter of an hour: see the migration that creates it
	rows, err := db.reader.QueryContext(ctx, `
		with days (i, first_quarter, next_quarter, first_instant, next_instant) as (values `+
		strings.Join(days, ", ")+`)
		select `+countedOn("joined")+`, `+countedOn("left")+`, `+countedOn("queued")+`,
			(select count(*) from announcements where is_active and publish_at >= first_instant
				and publish_at < next_instant)
		from days order by i`)
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

// countedOn is the number of events of a kind on a day of DayNumbers.
func countedOn(what string) string {
	return `(select coalesce(sum(n), 0) from daily_counts where what = '` + what + `'
		and quarter >= first_quarter and quarter < next_quarter)`
}

// midnight returns the day's first instant in the database's zone.
func (db *DB) midnight(d namets.Date) int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, db.zone).UnixMicro()
}

// Totals returns the totals at now.
func (db *DB) Totals(ctx context.Context, now time.Time) (t namets.Totals, err error) {
	err = db.reader.QueryRowContext(ctx, `
		select
			(select coalesce(sum(n), 0) from subscriber_counts where is_active),
			(select count(*) from announcements where is_active and publish_at > $1),
			(select count(*) from announcements`+
		db.dialect.IndexedBy("announcements_listed")+` -- it has all columns but the texts
				where is_active and publish_at <= $1 and (expire_at is null or expire_at > $1)),
			(select count(*) from events where is_active and cancelled_at is null and end_datetime > $1)`,
		now.UnixMicro()).Scan(&t.Subscribers, &t.Scheduled, &t.Announcements, &t.Events)
	return t, db.wrap(err)
}
