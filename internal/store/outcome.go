package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// RecordOutcomes records the outcomes of claims in one transaction, and ends their leases. If a
// delivery is finished, the next one about the same row becomes due.
func (db *DB) RecordOutcomes(ctx context.Context, outcomes []namets.Outcome) error {
	return db.write(ctx, func(t *tx) error { return t.recordAll(ctx, outcomes) })
}

func (t *tx) recordAll(ctx context.Context, outcomes []namets.Outcome) error {
	for i := range outcomes {
		if err := t.recordOutcome(ctx, &outcomes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) recordOutcome(ctx context.Context, o *namets.Outcome) error {
	if o.Accepted {
		return t.recordAccepted(ctx, o)
	}
	tried, failed, woken, status, reason := 0, 0, 0, 0, o.Reason
	var failedAt, wakeAt sql.NullInt64
	if a := o.Attempt; a != nil {
		tried, status, reason = 1, a.Status, a.Error
		if err := t.recordAttempt(ctx, o.ID, a); err != nil {
			return err
		}
		if o.State != namets.Delivered && !o.Cut {
			failedAt = nullTime(a.At.Add(a.Duration))
			wakeAt = failedAt
			wakeAt.Int64 = max(wakeAt.Int64, o.Wake.UnixMicro())
			if o.Early {
				woken = 1
			} else {
				failed = 1
			}
		}
	}
	if o.State == namets.Pending {
		var hook int64
		err := t.QueryRowContext(ctx, `
			with behind (yes) as (select `+behind("d")+` from deliveries d where id = $1)
			update deliveries set leased_until = null, scheduled_at = null, attempts = attempts + $3,
				failures = failures + $4,
				last_status = $5, last_error = $6, recipients = $7, failed_at = coalesce($8, failed_at),
				wakes = wakes + $9,
				next_at = case when (select yes from behind) then null else $2 end,
				wake_at = case when (select yes from behind) then null else cast($10 as bigint) end
			where id = $1 and state = 'pending' returning hook_id`,
			o.ID, o.Next.UnixMicro(), tried, failed, status, reason, o.Recipients, failedAt, woken, wakeAt).Scan(&hook)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // somebody has decided about it meanwhile
		}
		if err != nil {
			return err
		}
		return t.noteAnswer(ctx, hook, o.Attempt)
	}
	var about subject
	var kind namets.NotificationKind
	var hook, group int64
	err := t.QueryRowContext(ctx, `
		update deliveries set state = $2, next_at = null, leased_until = null, wake_at = null, scheduled_at = null,
			wakes = 0, finished_at = $3,
			attempts = attempts + $4, failures = failures + $5, last_error = $7,
			last_status = case when $4 = 0 then last_status else $6 end,
			recipients = case when $4 = 0 then recipients else $8 end
		where id = $1 returning entity, entity_id, kind, hook_id, coalesce(group_id, 0)`,
		o.ID, o.State, t.now.UnixMicro(), tried, failed, status, reason, o.Recipients).Scan(&about.entity,
		&about.id, &kind, &hook, &group)
	if err != nil {
		return err
	}
	if err := t.noteAnswer(ctx, hook, o.Attempt); err != nil {
		return err
	}
	if kind.Info().Personal && o.State != namets.Dead {
		if err := t.forget(ctx, o.ID); err != nil {
			return err
		}
	}
	if o.Withdrawn {
		if err := t.unannounce(ctx, o.ID, kind, about); err != nil {
			return err
		}
	}
	return t.advance(ctx, about, hook, group)
}

// recordAttempt stores an attempt of the delivery.
func (t *tx) recordAttempt(ctx context.Context, delivery int64, a *namets.Attempt) error {
	_, err := t.ExecContext(ctx, `
		insert into attempts (delivery_id, at, duration, status, error, answer) values ($1, $2, $3, $4, $5, $6)`,
		delivery, a.At.UnixMicro(), a.Duration.Microseconds(), a.Status, a.Error, a.Answer)
	return err
}

// unannounce makes the subject of a skipped delivery announceable again when it is due again,
// unless n8n has accepted the delivery before somebody retried it by hand, or it is a resend of a
// delivery that n8n has accepted.
func (t *tx) unannounce(ctx context.Context, delivery int64, kind namets.NotificationKind, about subject) error {
	info := kind.Info()
	if !info.Once {
		return nil
	}
	t.hints = true // the subject may be due already
	_, err := t.ExecContext(ctx, `update `+string(info.Subject)+` set announced_at = null where id = $1 and not exists (
		select 1 from attempts where delivery_id = $2 and status between 200 and 299) and not exists (
		select 1 from deliveries where id = $2 and resend_of is not null)`, about.id, delivery)
	return err
}

// forget removes a delivery's body and the stored responses to it.
func (t *tx) forget(ctx context.Context, id int64) error {
	if _, err := t.ExecContext(ctx, `delete from delivery_bodies where delivery_id = $1`, id); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `update attempts set answer = '' where delivery_id = $1`, id)
	return err
}

// forgetAbout removes the bodies of delivered and skipped deliveries about a deleted row, which
// nobody can receive again.
func (t *tx) forgetAbout(ctx context.Context, about subject) error {
	ids, err := t.ids(ctx, `
		select id from deliveries where entity = $1 and entity_id = $2 and state in ('delivered', 'skipped')`,
		about.entity, about.id)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.forget(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// advance makes the oldest pending delivery to the target about the row due, or without a row the
// oldest of the notification, if it was waiting for an earlier one.
func (t *tx) advance(ctx context.Context, about subject, hook, group int64) (err error) {
	var next bool
	switch {
	case about.id != 0:
		next, err = t.changes(ctx, `
			update deliveries set next_at = $4 where next_at is null and id = (select min(id) from deliveries
				where entity = $1 and entity_id = $2 and hook_id = $3 and state = 'pending')`,
			about.entity, about.id, hook, t.now.UnixMicro())
	case group != 0:
		next, err = t.changes(ctx, `
			update deliveries set next_at = $3 where next_at is null and id = (select min(id) from deliveries
				where group_id = $1 and hook_id = $2 and state = 'pending')`,
			group, hook, t.now.UnixMicro())
	}
	t.hints = t.hints || next
	return err
}
