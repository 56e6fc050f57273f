package store

import (
	"context"
	"database/sql"
	"time"

	"namets/internal/namets"
)

// dueBatch is the maximum number of announcements, and of events, that one call of [DB.QueueDue]
// queues.
const dueBatch = 50

// Rows that are due and not announced yet, oldest first. The conditions are those of
// Announcement.Due and Event.Due.
const (
	dueAnnouncements = `where announced_at is null and send_email and is_active
		and publish_at <= $1 and (expire_at is null or expire_at > $1) order by publish_at, id limit $2`
	dueEvents = `where announced_at is null and send_email and is_active and cancelled_at is null
		and end_datetime > $1 order by id limit $2`
)

// QueueDue queues the notifications of announcements that are due, oldest first, and of events that
// were imported to be announced, each to its current recipients. Each call queues a limited number;
// more reports that it reached the limit and must be called again.
func (db *DB) QueueDue(ctx context.Context) (more bool, err error) {
	by := namets.Actor{Kind: namets.System}
	err = db.write(ctx, func(t *tx) error {
		due, err := announcements().all(ctx, t, dueAnnouncements, t.now.UnixMicro(), dueBatch)
		if err != nil {
			return err
		}
		for i := range due {
			if err := t.announce(ctx, &due[i], false); err != nil {
				return err
			}
			if err := t.audit(ctx, by, "announce", namets.KindAnnouncements, due[i].ID, nil); err != nil {
				return err
			}
		}
		happening, err := events().all(ctx, t, dueEvents, t.now.UnixMicro(), dueBatch)
		if err != nil {
			return err
		}
		for i := range happening {
			if err := t.announceEvent(ctx, &happening[i], false); err != nil {
				return err
			}
			if err := t.audit(ctx, by, "announce", namets.KindEvents, happening[i].ID, nil); err != nil {
				return err
			}
		}
		more = len(due) == dueBatch || len(happening) == dueBatch
		return nil
	})
	return more, err
}

func agendaSQL(d Dialect) string {
	return `
	select
		coalesce(
			(select publish_at from announcements where announced_at is null and send_email and is_active
				and publish_at <= $1 and (expire_at is null or expire_at > $1) order by publish_at limit 1),
			(select $1 from events where announced_at is null and send_email and is_active
				and cancelled_at is null and end_datetime > $1 limit 1),
			(select min(publish_at) from announcements where announced_at is null and send_email and is_active
				and publish_at > $1)),
		(select next_at from deliveries where hook_id = 0 and next_at is not null` + notUrgent(d) + `
			order by next_at limit 1),
		(select min(next_at) from deliveries where hook_id = 0 and next_at is not null` + ofUrgent(d) + `),
		exists (select 1 from deliveries where hook_id = 0 and wake_at is not null` + notUrgent(d) + `)
			or exists (select 1 from deliveries where hook_id = 0 and wake_at is not null` + ofUrgent(d) + `)`
}

// nextWakeSQL skips over deliveries that failed after $2. There are few of them while n8n accepts
// webhooks.
func nextWakeSQL(d Dialect) string {
	return `
	select
		(select wake_at from deliveries where hook_id = 0 and wake_at > 0` + ofUrgent(d) + `
			and +next_at > $1 and (failed_at <= $2 or failed_at > $1) order by wake_at limit 1),
		(select wake_at from deliveries where hook_id = 0 and wake_at > 0` + notUrgent(d) + `
			and +next_at > $1 and (failed_at <= $2 or failed_at > $1) order by wake_at limit 1)`
}

// NextWake returns the first time at which a delivery may be claimed early, for urgent kinds and
// for the rest, given that n8n has accepted an attempt that began at answered. The zero time means
// never; a time may be in the past.
func (db *DB) NextWake(ctx context.Context, answered time.Time) (urgent, rest time.Time, err error) {
	var first, second sql.NullInt64
	err = db.reader.QueryRowContext(ctx, nextWakeSQL(db.dialect), db.now().UnixMicro(), answered.UnixMicro()).
		Scan(&first, &second)
	return timeOf(first), timeOf(second), db.wrap(err)
}

// Agenda returns when [DB.QueueDue] and [DB.ClaimDeliveries] next have something to do, which may
// be in the past.
func (db *DB) Agenda(ctx context.Context) (namets.Agenda, error) {
	var due, attempt, urgent sql.NullInt64
	var a namets.Agenda
	stmt, err := db.agenda.on(ctx, db.reader, agendaSQL)
	if err != nil {
		return a, db.wrap(err)
	}
	err = stmt.QueryRowContext(ctx, db.now().UnixMicro()).Scan(&due, &attempt, &urgent, &a.Waiting)
	a.Due, a.Attempt, a.Urgent = timeOf(due), timeOf(attempt), timeOf(urgent)
	return a, db.wrap(err)
}
