package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// Resend queues the text of a delivery again, under a new webhook-id, to the recipients that r
// selects and that may still receive it. It returns the new delivery's id. Errors, after which
// nothing is queued: NotFound; Conflict if the delivery is not finished, was skipped, has no text
// any more, is about something that is no longer worth announcing, or has no remaining recipients;
// Invalid with Field to if r names an address that was no recipient.
func (db *DB) Resend(ctx context.Context, by namets.Actor,
	r namets.Resend) (id int64, reach namets.ResendReach, err error) {
	err = db.write(ctx, func(t *tx) error {
		s, err := db.planResend(ctx, r)
		if err != nil {
			return err
		}
		reach = s.reach
		if id, err = t.requeue(ctx, &s); err != nil {
			return err
		}
		return t.audit(ctx, by, "resend", namets.KindDeliveries, id, struct {
			Of         int64 `json:"of"`
			Recipients int   `json:"recipients"`
		}{r.Delivery, reach.Recipients})
	})
	return id, reach, err
}

// requeue queues a resend to its target, and returns the id of the first delivery.
func (t *tx) requeue(ctx context.Context, s *resending) (id int64, err error) {
	p := post{n: namets.Notification{Kind: s.from.Kind, Data: s.data}, about: s.from.about,
		expires: timeOf(s.from.expires), resendOf: s.from.ID}
	return t.queueTo(ctx, []target{s.target}, p, s.to)
}

// ResendReach returns what [DB.Resend] would do now, with the same errors.
func (db *DB) ResendReach(ctx context.Context, r namets.Resend) (namets.ResendReach, error) {
	s, err := db.planResend(ctx, r)
	return s.reach, err
}

// resending is the text of a resend and its recipients.
type resending struct {
	from claimed
	target
	data  []byte
	to    audience
	reach namets.ResendReach
}

// planResend reads committed data only: in a write transaction, during which nobody else commits,
// call it before the first change.
func (db *DB) planResend(ctx context.Context, r namets.Resend) (s resending, err error) {
	list, err := db.resendable(ctx, r.Delivery, &s)
	if err != nil {
		return s, err
	}
	if list, err = chosenOf(list, r); err != nil {
		return s, err
	}
	left, err := remaining(ctx, db.reader, s.from.Kind, list)
	if err != nil {
		return s, err
	}
	if len(left) == 0 && len(list) > 0 {
		return s, &namets.Error{Code: namets.Conflict, Message: "nobody is left to receive it: all have left " +
			"meanwhile, or do not want to hear of it any more"}
	}
	s.to = newAudience(left)
	s.reach = namets.ResendReach{Recipients: len(left), Left: len(list) - len(left)}
	return s, nil
}

// resendable fills in the text of the delivery and returns its recipients.
func (db *DB) resendable(ctx context.Context, id int64, s *resending) (addresses []string, err error) {
	var state namets.DeliveryState
	var reason string
	var list, data sql.NullString
	c := &s.from
	c.ID = id
	err = db.reader.QueryRowContext(ctx, `
		select d.state, d.last_error, d.kind, d.entity, d.entity_id, d.expires_at, d.hook_id, b.recipients, b.data
		from deliveries d left join delivery_bodies b on b.delivery_id = d.id where d.id = $1`, id).
		Scan(&state, &reason, &c.Kind, &c.about.entity, &c.about.id, &c.expires, &c.Hook, &list, &data)
	conflict := func(message string) error {
		return &namets.Error{Code: namets.Conflict, Message: message}
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, noDelivery(id)
	case err != nil:
		return nil, db.wrap(err)
	case state == namets.Pending:
		return nil, conflict("n8n has not taken it yet: it is still waiting, and goes out by itself under " +
			"its own webhook-id")
	case state == namets.Held:
		return nil, conflict("a restore holds it: decide first whether it goes out or is skipped")
	case state == namets.Skipped:
		return nil, conflict("it was skipped, so that nobody has got it: " + reason)
	case !list.Valid:
		return nil, conflict("its text is no longer kept, so that it cannot be sent again")
	}
	if reason, err = db.skipReason(ctx, c); err != nil {
		return nil, err
	}
	if reason != "" {
		return nil, conflict("it is not worth sending any more: " + reason)
	}
	if s.target, err = db.targetOf(ctx, c.Hook); err != nil {
		return nil, err
	}
	s.data = []byte(data.String)
	return addresses, json.Unmarshal([]byte(list.String), &addresses)
}

// chosenOf returns the recipients that r selects.
func chosenOf(recipients []string, r namets.Resend) ([]string, error) {
	if len(r.To) == 0 {
		return recipients, nil
	}
	wanted := map[string]int{} // key → its position in r.To, from 1
	for i, address := range slices.Backward(r.To) {
		wanted[namets.EmailKey(address)] = i + 1
	}
	var chosen []string
	for _, address := range recipients {
		if key := namets.EmailKey(address); wanted[key] > 0 {
			chosen = append(chosen, address)
			delete(wanted, key)
		}
	}
	if len(wanted) == 0 {
		return chosen, nil
	}
	return nil, &namets.Error{Code: namets.Invalid, Field: "to", Message: unknownRecipients(wanted, r)}
}

// unknownRecipients lists the addresses that were no recipients by their positions, because an
// error must not contain an address.
func unknownRecipients(positions map[string]int, r namets.Resend) string {
	noun := "addresses that were no recipients"
	if len(positions) == 1 {
		noun = "address that was no recipient"
	}
	var numbers []string
	for _, n := range slices.Sorted(maps.Values(positions))[:min(len(positions), 10)] {
		numbers = append(numbers, strconv.Itoa(n))
	}
	return fmt.Sprintf("hold %d %s of delivery %d: number %s of %d", len(positions), noun, r.Delivery,
		strings.Join(numbers, ", "), len(r.To))
}
