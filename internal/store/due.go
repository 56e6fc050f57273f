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

// QueueDue queues the notifications of announcements that are due, oldest first, of events that
// were imported to be announced, and of events whose start is near, each to its current recipients.
// Each call queues a limited number; more reports that it reached the limit and must be called
// again.
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
		coming, err := t.queueUpcoming(ctx)
		more = len(due) == dueBatch || len(happening) == dueBatch || coming == dueBatch
		return err
	})
	return more, err
}

// agendaSQL returns one row for each target that webhooks may be sent to. $1 is now, $2 how long
// before the start of an event the target of the configuration gets event_upcoming, null for never.
func agendaSQL(d Dialect) string {
	return `
	select h.id, h.changed,
		case when h.id = 0 then coalesce(
			(select publish_at from announcements where announced_at is null and send_email and is_active
				and publish_at <= $1 and (expire_at is null or expire_at > $1) order by publish_at limit 1),
			(select $1 from events where announced_at is null and send_email and is_active
				and cancelled_at is null and end_datetime > $1 limit 1),
			(select min(publish_at) from announcements where announced_at is null and send_email and is_active
				and publish_at > $1)) end,
		case when h.before is not null then (select e.start_datetime - h.before from events e where ` +
		comingUp(d) + ` order by e.start_datetime limit 1) end,
		(select next_at from deliveries where hook_id = h.id and next_at is not null` + notUrgent(d) + `
			order by next_at limit 1),
		(select min(next_at) from deliveries where hook_id = h.id and next_at is not null` + ofUrgent(d) + `),
		exists (select 1 from deliveries where hook_id = h.id and wake_at is not null` + notUrgent(d) + `)
			or exists (select 1 from deliveries where hook_id = h.id and wake_at is not null` + ofUrgent(d) + `)
	from ` + awakeTargets(d, "$2") + ` h`
}

// awakeTargets is a table of the target of the configuration and of the hooks that are neither
// paused nor deleted. before is null for those that do not want event_upcoming.
func awakeTargets(d Dialect, before string) string {
	return `(select 0 as id, 0 as changed, cast(` + before + ` as bigint) as before, 0 as since
		union all
		select id, updated_at, case when ` + d.Contains("events", `'"`+string(namets.TypeEventUpcoming)+`"'`) + ` or ` +
		d.Contains("events", `'"`+string(namets.AnyEvent)+`"'`) + ` then before end, created_at
		from hooks where paused_at is null and deleted_at is null)`
}

// nextWakeSQL skips over deliveries that failed after $2. There are few of them while the target,
// $3, accepts webhooks.
func nextWakeSQL(d Dialect) string {
	return `
	select
		(select wake_at from deliveries where hook_id = $3 and wake_at > 0` + ofUrgent(d) + `
			and +next_at > $1 and (failed_at <= $2 or failed_at > $1) order by wake_at limit 1),
		(select wake_at from deliveries where hook_id = $3 and wake_at > 0` + notUrgent(d) + `
			and +next_at > $1 and (failed_at <= $2 or failed_at > $1) order by wake_at limit 1)`
}

// NextWake returns the first time at which a delivery to the target may be claimed early, for
// urgent kinds and for the rest, given that the target has accepted an attempt that began at
// answered. The zero time means never; a time may be in the past.
func (db *DB) NextWake(ctx context.Context, hook int64, answered time.Time) (urgent, rest time.Time, err error) {
	var first, second sql.NullInt64
	err = db.reader.QueryRowContext(ctx, nextWakeSQL(db.dialect), db.now().UnixMicro(), answered.UnixMicro(), hook).
		Scan(&first, &second)
	return timeOf(first), timeOf(second), db.wrap(err)
}

// Agenda returns when [DB.QueueDue] and [DB.ClaimDeliveries] next have something to do, which may
// be in the past.
func (db *DB) Agenda(ctx context.Context) (a namets.Agenda, err error) {
	stmt, err := db.agenda.on(ctx, db.reader, agendaSQL)
	if err != nil {
		return a, db.wrap(err)
	}
	rows, err := stmt.QueryContext(ctx, db.now().UnixMicro(), db.legacyBefore())
	if err != nil {
		return a, db.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var to namets.TargetAgenda
		var changed int64
		var due, upcoming, attempt, urgent sql.NullInt64
		if err := rows.Scan(&to.Hook, &changed, &due, &upcoming, &attempt, &urgent, &to.Waiting); err != nil {
			return a, db.wrap(err)
		}
		to.Changed, to.Attempt, to.Urgent = time.UnixMicro(changed), timeOf(attempt), timeOf(urgent)
		a.Targets = append(a.Targets, to)
		for _, at := range []sql.NullInt64{due, upcoming} {
			if at := timeOf(at); !at.IsZero() && (a.Due.IsZero() || at.Before(a.Due)) {
				a.Due = at
			}
		}
	}
	return a, db.wrap(rows.Err())
}

// legacyBefore returns how long before the start of an event the target of the configuration gets
// event_upcoming; null for never.
func (s session) legacyBefore() sql.NullInt64 {
	if s.legacy == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: s.legacy.Before.Microseconds(), Valid: true}
}
