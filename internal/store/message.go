package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"namets/internal/namets"
)

// SendMessage queues one admin_message to the active subscribers that m selects. It returns the
// delivery's id and the number of addresses, both 0 if the audience that m selects is empty.
// Errors: Invalid if m names people and none of them is active, or names an unknown event.
func (db *DB) SendMessage(ctx context.Context, by namets.Actor, m namets.Message) (id int64, reached int, err error) {
	err = db.write(ctx, func(t *tx) error {
		to, err := t.messageAudience(ctx, m)
		if err != nil {
			return err
		}
		if to.count == 0 && !m.Everyone && !m.Chosen() {
			return nil
		}
		if to.count == 0 {
			return &namets.Error{Code: namets.Invalid, Field: "recipients", Message: "nobody who was chosen is active"}
		}
		reached = to.count
		if id, err = t.queueUntil(ctx, namets.NewMessageNotification(m.Subject, m.Body), subject{}, to,
			time.Time{}); err != nil {
			return err
		}
		return t.audit(ctx, by, "send", namets.KindMessages, id, struct {
			Recipients int `json:"recipients"`
		}{reached})
	})
	return id, reached, err
}

func (t *tx) messageAudience(ctx context.Context, m namets.Message) (audience, error) {
	switch {
	case m.Everyone:
		return t.audience(ctx, namets.AdminMessage)
	case m.Wants != "":
		return t.audience(ctx, m.Wants)
	case m.Event != 0:
		_, _, err := events().row(ctx, t, m.Event)
		if namets.CodeOf(err) == namets.NotFound {
			err = &namets.Error{Code: namets.Invalid, Field: "event", Message: "there is no such event"}
		}
		if err != nil {
			return audience{}, err
		}
		return t.audienceOfEvent(ctx, m.Event, namets.EventCreated)
	}
	subscriberIDs, err := json.Marshal(m.Subscribers)
	if err != nil {
		return audience{}, err
	}
	patronIDs, err := json.Marshal(m.Patrons)
	if err != nil {
		return audience{}, err
	}
	among := " and id in (" + numbersOf(t.dialect) + ")"
	addresses, err := t.addresses(ctx,
		chosen{"where is_active" + among + " order by id", []any{string(subscriberIDs)}},
		chosen{"where " + receivingPatrons + among + patronOrder, []any{string(patronIDs)}})
	return newAudience(addresses), err
}

// MessageReach returns the number of addresses to which m would be sent now.
func (db *DB) MessageReach(ctx context.Context, m namets.Message) (n int, err error) {
	if m.Everyone {
		return db.AudienceSize(ctx, namets.AdminMessage)
	}
	err = db.write(ctx, func(t *tx) error {
		to, err := t.messageAudience(ctx, m)
		if err != nil {
			return err
		}
		n = to.count
		return errNotWanted
	})
	if errors.Is(err, errNotWanted) {
		err = nil
	}
	return n, err
}

// SubscribersByEmail returns the ids of the subscribers with the addresses, in any spelling, and
// the addresses that belong to no subscriber.
func (db *DB) SubscribersByEmail(ctx context.Context, addresses []string) (ids []int64, unknown []string, err error) {
	for _, address := range addresses {
		var id int64
		err := db.reader.QueryRowContext(ctx, `select id from subscribers where email_key = $1`,
			namets.EmailKey(address)).Scan(&id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			unknown = append(unknown, address)
		case err != nil:
			return nil, nil, db.wrap(err)
		default:
			ids = append(ids, id)
		}
	}
	return ids, unknown, nil
}
