package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"namets/internal/namets"
)

// recordAccepted records that the target has accepted a delivery and must report on every
// recipient. If it has done so already, the delivery is delivered.
func (t *tx) recordAccepted(ctx context.Context, o *namets.Outcome) error {
	complete, err := t.fullyReported(ctx, o.ID)
	if err != nil {
		return err
	}
	if complete {
		done := *o
		done.Accepted, done.State = false, namets.Delivered
		return t.recordOutcome(ctx, &done)
	}
	a := o.Attempt
	if err := t.recordAttempt(ctx, o.ID, a); err != nil {
		return err
	}
	var hook int64
	err = t.QueryRowContext(ctx, `
		update deliveries set leased_until = null, scheduled_at = null, wake_at = null, failed_at = null, failures = 0,
			wakes = 0, attempts = attempts + 1, offers = offers + 1, accepted_at = $2, next_at = $3, last_status = $4,
			last_error = '', recipients = $5
		where id = $1 and state = 'pending' returning hook_id`,
		o.ID, t.now.UnixMicro(), o.Next.UnixMicro(), a.Status, o.Recipients).Scan(&hook)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // somebody has decided about it meanwhile
	}
	if err != nil {
		return err
	}
	return t.noteAnswer(ctx, hook, a)
}

// fullyReported reports whether every recipient of the delivery was reported, or has left.
func (t *tx) fullyReported(ctx context.Context, id int64) (bool, error) {
	var kind namets.NotificationKind
	var webhookID, list string
	err := t.QueryRowContext(ctx, `
		select d.kind, d.webhook_id, b.recipients from deliveries d join delivery_bodies b on b.delivery_id = d.id
		where d.id = $1`, id).Scan(&kind, &webhookID, &list)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // its recipients are no longer known
	}
	if err != nil {
		return false, err
	}
	var addresses []string
	if err := json.Unmarshal([]byte(list), &addresses); err != nil {
		return false, err
	}
	key, err := t.key(ctx)
	if err != nil {
		return false, err
	}
	left, err := unreported(ctx, t, key, id, webhookID, addresses)
	if err != nil || len(left) == len(addresses) {
		return false, err
	}
	left, err = remaining(ctx, t, kind, left)
	return len(left) == 0, err
}

// settleReported ends a delivery whose recipients were all reported, unless an attempt is in
// progress, which ends it then: nobody may get the e-mail again.
func (t *tx) settleReported(ctx context.Context, id int64) error {
	var waits bool
	err := t.QueryRowContext(ctx, `
		select state in ('pending', 'dead') and leased_until is null and attempts > 0 from deliveries where id = $1`,
		id).Scan(flag{&waits})
	if err != nil || !waits {
		return err
	}
	return t.recordOutcome(ctx, &namets.Outcome{ID: id, State: namets.Delivered})
}
