package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// RetryDelivery makes the delivery due now, whether it is pending, dead, skipped or delivered. It
// keeps its attempts and its webhook-id. Errors: NotFound; Conflict while an attempt is in
// progress, and if its text is no longer stored.
func (db *DB) RetryDelivery(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		var inFlight, hasBody bool
		err := t.QueryRowContext(ctx, `
			select leased_until is not null, exists (select 1 from delivery_bodies where delivery_id = deliveries.id)
			from deliveries where id = $1`, id).Scan(&inFlight, &hasBody)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noDelivery(id)
		case err != nil:
			return err
		case inFlight:
			return &namets.Error{Code: namets.Conflict, Message: "an attempt is under way: wait for its end"}
		case !hasBody:
			return &namets.Error{Code: namets.Conflict, Message: "its text is no longer kept, so that it " +
				"cannot be sent again"}
		}
		if _, err := t.ExecContext(ctx, setBack+`id = $2`, t.now.UnixMicro(), id); err != nil {
			return err
		}
		if err := t.reorder(ctx); err != nil {
			return err
		}
		return t.audit(ctx, by, "retry", namets.KindDeliveries, id, nil)
	})
}

// RetryDeliveries makes all deliveries due that match f, have no attempt in progress and still have
// their text. f must have a State; its Limit and Before are ignored. It returns the number of
// deliveries.
func (db *DB) RetryDeliveries(ctx context.Context, by namets.Actor, f namets.DeliveryFilter) (n int, err error) {
	if f.State == "" {
		return 0, &namets.Error{Code: namets.Invalid, Field: "state", Message: "must say which " +
			"deliveries to send again"}
	}
	f.Before = 0
	where, args := db.deliveryConditions(f)
	err = db.write(ctx, func(t *tx) error {
		chosen, err := t.ids(ctx, `select id from deliveries where `+where+` and leased_until is null
			and exists (select 1 from delivery_bodies where delivery_id = deliveries.id) order by id`, args...)
		if err != nil {
			return err
		}
		for _, id := range chosen {
			if _, err := t.ExecContext(ctx, setBack+`id = $2`, t.now.UnixMicro(), id); err != nil {
				return err
			}
		}
		n = len(chosen)
		if err := t.reorder(ctx); err != nil {
			return err
		}
		return t.audit(ctx, by, "retry", namets.KindDeliveries, 0, countDetail{n})
	})
	return n, err
}

const setBack = `update deliveries set state = 'pending', next_at = $1, failures = 0, finished_at = null,
	failed_at = null, wake_at = null, scheduled_at = null, wakes = 0,
	accepted_at = null, offers = 0 where `

// reorder makes pending deliveries wait that are behind another one, after some have become pending
// again.
func (t *tx) reorder(ctx context.Context) error {
	t.hints = true
	_, err := t.ExecContext(ctx, `
		update deliveries set next_at = null, wake_at = null
		where state = 'pending' and next_at is not null and leased_until is null and `+behind("deliveries"))
	return err
}
