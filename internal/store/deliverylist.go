package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"namets/internal/namets"
)

func deliveryColumns(d Dialect) string {
	return `id, webhook_id, kind, entity, entity_id, state, recipients, attempts, created_at, next_at,
	leased_until is not null, finished_at, last_status, last_error, coalesce(resend_of, 0), coalesce(batch, 0),
	hook_id, coalesce(group_id, 0), part, parts, accepted_at, offers, ` + deliverySubject(d)
}

// deliverySubject is the field Subject of a delivery.
func deliverySubject(d Dialect) string {
	return `coalesce(case coalesce(nullif(entity, ''), kind)` + knownAs("deliveries.entity_id", false) + `
		when 'admin_message' then (select ` + d.Member("data", "subject") + ` from delivery_bodies
			where delivery_id = deliveries.id)
	end, '')`
}

// scanDelivery scans a row of deliveryColumns.
func scanDelivery(scan func(...any) error) (d namets.Delivery, err error) {
	var batch int64
	err = scan(&d.ID, &d.WebhookID, &d.Kind, &d.Entity, &d.EntityID, &d.State, &d.Recipients, &d.Attempts,
		instant{&d.CreatedAt}, optionalInstant{&d.NextAttempt}, &d.InFlight, optionalInstant{&d.FinishedAt},
		&d.LastStatus, &d.LastError, &d.ResendOf, &batch, &d.Hook, &d.Group, &d.Part, &d.Parts,
		optionalInstant{&d.AcceptedAt}, &d.Offers, &d.Subject)
	if batch != 0 {
		d.Batch = &namets.DeliveryBatch{ID: batch}
	}
	if d.InFlight {
		d.NextAttempt = nil // it contains the end of the lease
	}
	return d, err
}

// Deliveries returns the deliveries that match f, newest first.
func (db *DB) Deliveries(ctx context.Context, f namets.DeliveryFilter) ([]namets.Delivery, error) {
	where, args := db.deliveryConditions(f)
	if f.Limit <= 0 {
		f.Limit = 50
	}
	rows, err := db.reader.QueryContext(ctx, fmt.Sprintf(
		`select %s from deliveries where %s order by id desc limit %d`, deliveryColumns(db.dialect), where, f.Limit),
		args...)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var list []namets.Delivery
	for rows.Next() {
		d, err := scanDelivery(rows.Scan)
		if err != nil {
			return nil, db.wrap(err)
		}
		list = append(list, d)
	}
	return list, db.wrap(rows.Err())
}

// deliveryConditions returns the where clause of a filter. It excludes the index of any value that
// is less selective than the subject.
func (s session) deliveryConditions(f namets.DeliveryFilter) (where string, args []any) {
	var conditions []string
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	column := func(name string) string { return name }
	if f.EntityID != 0 {
		column = s.dialect.Unindexed
		add("entity = ? and entity_id = ?", f.Entity, f.EntityID)
	}
	if f.Hook != 0 {
		add("hook_id = ? and hook_id <> 0", f.Hook) // the second condition is that of its index
	}
	if f.Kind != "" {
		add(column("kind")+" = ?", f.Kind)
	}
	if f.State != "" {
		add(column("state")+" = ?", f.State)
	}
	if !f.Since.IsZero() {
		// Creation times rise with ids, so the oldest id bounds the search
		add("id >= (select id from deliveries where created_at >= ? order by created_at, id limit 1) and "+
			s.dialect.Unindexed("created_at")+" >= ?",
			f.Since.UnixMicro(), f.Since.UnixMicro())
	}
	if f.Before > 0 {
		add("id < ?", f.Before)
	}
	if f.Batch > 0 {
		add("batch = ?", f.Batch)
	}
	if len(conditions) == 0 {
		return "true", nil
	}
	return strings.Join(conditions, " and "), args
}

// Delivery returns the delivery with the id, and its attempts, oldest first. Errors: NotFound.
func (db *DB) Delivery(ctx context.Context, id int64) (namets.Delivery, []namets.Attempt, error) {
	d, err := scanDelivery(db.reader.QueryRowContext(ctx, `select `+deliveryColumns(db.dialect)+
		` from deliveries where id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil, noDelivery(id)
	}
	if err != nil {
		return d, nil, db.wrap(err)
	}
	rows, err := db.reader.QueryContext(ctx, `
		select at, duration, status, error, answer from attempts where delivery_id = $1 order by id`, id)
	if err != nil {
		return d, nil, db.wrap(err)
	}
	defer rows.Close()
	var attempts []namets.Attempt
	for rows.Next() {
		var a namets.Attempt
		var us int64
		if err := rows.Scan(instant{&a.At}, &us, &a.Status, &a.Error, &a.Answer); err != nil {
			return d, nil, db.wrap(err)
		}
		a.Duration = time.Duration(us) * time.Microsecond
		attempts = append(attempts, a)
	}
	return d, attempts, db.wrap(rows.Err())
}

// DeliveryByWebhookID returns the id of the delivery with the webhook-id. Errors: NotFound.
func (db *DB) DeliveryByWebhookID(ctx context.Context, webhookID string) (id int64, err error) {
	err = db.reader.QueryRowContext(ctx, `select id from deliveries where webhook_id = $1`, webhookID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, noWebhookID()
	}
	return id, db.wrap(err)
}

func noWebhookID() error {
	return &namets.Error{Code: namets.NotFound, Message: "there is no delivery with this webhook-id"}
}

func noDelivery(id int64) error {
	return &namets.Error{Code: namets.NotFound, Message: fmt.Sprintf("there is no delivery with the number %d", id)}
}

func deliveryStatsSQL(d Dialect) string {
	return `
	select
		(select coalesce(sum(n), 0) from delivery_counts where state = 'pending'),
		(select coalesce(sum(n), 0) from delivery_counts where state = 'pending' and failing),
		(select coalesce(sum(n), 0) from delivery_counts where state = 'held'),
		(select coalesce(sum(n), 0) from delivery_counts where state = 'dead'),
		(select count(*) from deliveries where state = 'dead' and offers > 0),
		(select created_at from deliveries where state = 'pending' order by id limit 1),
		(select finished_at from deliveries where finished_at is not null and state <> 'dead'
			and ` + d.Unindexed("state") + ` = 'delivered' order by finished_at desc limit 1)`
}

// DeliveryStats counts the deliveries that are neither delivered nor skipped.
func (db *DB) DeliveryStats(ctx context.Context) (s namets.DeliveryStats, err error) {
	var oldest, last sql.NullInt64
	err = db.reader.QueryRowContext(ctx, deliveryStatsSQL(db.dialect)).
		Scan(&s.Pending, &s.Waiting, &s.Held, &s.Dead, &s.Unreported, &oldest, &last)
	s.OldestPending, s.LastDelivered = timeOf(oldest), timeOf(last)
	return s, db.wrap(err)
}
