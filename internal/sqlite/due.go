package sqlite

import (
	"context"
	"database/sql"

	"namets/internal/namets"
)

// dueBatch is how many announcements and how many events one call of [DB.QueueDue] queues at most.
const dueBatch = 50

// What is due and was not announced yet, the oldest first. The conditions are those of Announcement.Due and Event.Due.
const (
	dueAnnouncements = `where announced_at is null and send_email and is_active
		and publish_at <= $1 and (expire_at is null or expire_at > $1) order by publish_at, id limit $2`
	dueEvents = `where announced_at is null and send_email and is_active and end_datetime > $1 order by id limit $2`
)

// QueueDue queues the notices of announcements whose time has come, the oldest first, and of events that were imported
// to be announced, each with the recipients of this moment. It works on a bounded number; more says that it met it and
// wants to be called again.
func (db *DB) QueueDue(ctx context.Context) (more bool, err error) {
	by := namets.Actor{Kind: namets.System}
	err = db.write(ctx, func(t *tx) error {
		due, err := announcements().all(ctx, t, dueAnnouncements, t.now.UnixMicro(), dueBatch)
		if err != nil {
			return err
		}
		for i := range due {
			if err := t.announce(ctx, &due[i]); err != nil {
				return err
			}
			if err := t.audit(ctx, by, "announce", string(namets.KindAnnouncements), due[i].ID, nil); err != nil {
				return err
			}
		}
		happening, err := events().all(ctx, t, dueEvents, t.now.UnixMicro(), dueBatch)
		if err != nil {
			return err
		}
		for i := range happening {
			if err := t.announceEvent(ctx, &happening[i]); err != nil {
				return err
			}
			if err := t.audit(ctx, by, "announce", string(namets.KindEvents), happening[i].ID, nil); err != nil {
				return err
			}
		}
		more = len(due) == dueBatch || len(happening) == dueBatch
		return nil
	})
	return more, err
}

const agendaSQL = `
	select
		coalesce(
			(select publish_at from announcements where announced_at is null and send_email and is_active
				and publish_at <= $1 and (expire_at is null or expire_at > $1) order by publish_at limit 1),
			(select $1 from events where announced_at is null and send_email and is_active and end_datetime > $1 limit 1),
			(select min(publish_at) from announcements where announced_at is null and send_email and is_active and publish_at > $1)),
		(select min(next_at) from deliveries where next_at is not null)`

// Agenda returns when [DB.QueueDue] and [DB.ClaimDeliveries] next have something to do, which may lie in the past.
func (db *DB) Agenda(ctx context.Context) (namets.Agenda, error) {
	var due, attempt sql.NullInt64
	err := db.reader.QueryRowContext(ctx, agendaSQL, db.now().UnixMicro()).Scan(&due, &attempt)
	return namets.Agenda{Due: timeOf(due), Attempt: timeOf(attempt)}, wrap(err)
}
