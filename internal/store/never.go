package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

const (
	// confirmationsPerDay is the maximum number of confirmation e-mails to one mailbox in
	// [confirmationDay], no matter who asks.
	confirmationsPerDay = 3
	confirmationDay     = 24 * time.Hour
)

// mayAsk reports whether the mailbox may be sent another confirmation now: it has not reached the
// limit of the day, and its owner has not asked never to be written to again.
func (t *tx) mayAsk(ctx context.Context, email string) (bool, error) {
	never, err := t.silenced(ctx, email)
	if err != nil || never {
		return false, err
	}
	key, err := t.key(ctx)
	if err != nil {
		return false, err
	}
	var sent int
	err = t.QueryRowContext(ctx, `select count(*) from confirmation_emails where address_hash = $1 and sent_at > $2 `+
		`and sent_at <= $3`,
		key.address(email), t.now.Add(-confirmationDay).UnixMicro(), t.now.UnixMicro()).Scan(&sent)
	return sent < confirmationsPerDay, err
}

// countAsked records a confirmation e-mail to the mailbox.
func (t *tx) countAsked(ctx context.Context, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `insert into confirmation_emails (address_hash, sent_at) values ($1, $2)`,
		key.address(email), t.now.UnixMicro())
	return err
}

// silenced reports whether the owner of the address has asked never to be written to again.
func (t *tx) silenced(ctx context.Context, email string) (never bool, err error) {
	key, err := t.key(ctx)
	if err != nil {
		return false, err
	}
	for _, hash := range key.addresses(email) {
		err = t.QueryRowContext(ctx, `select exists (select 1 from suppressed where address_hash = $1 and never)`,
			hash).Scan(&never)
		if never || err != nil {
			break
		}
	}
	return never, err
}

// NeverWrite lets the owner of the address, instead of confirming the request of the link with the
// secret, ask never to be written to again: no form sends anything to the address after that. It
// removes the same as [DB.Unsubscribe], for every subscriber of the mailbox, and invalidates all
// links to confirm. Only an owner in the admin, or an import that ignores suppressed addresses, can
// undo it. Errors: NotFound, also for a link that has expired; Conflict for a link that was used.
func (db *DB) NeverWrite(ctx context.Context, by namets.Actor, secret string) error {
	if _, err := db.Confirmation(ctx, secret); err != nil {
		return err // a guessed secret must not take the write lock
	}
	return db.write(ctx, func(t *tx) error {
		w, err := confirmation(ctx, t, secret, t.now)
		if err != nil {
			return err
		}
		if w.Used {
			return linkUsed()
		}
		if err := t.leave(ctx, by, w.Email); err != nil {
			return err
		}
		key, err := t.key(ctx)
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `update suppressed set never = true where address_hash = $1`,
			key.address(w.Email)); err != nil {
			return err
		}
		return t.audit(ctx, by, "never_write", namets.KindConfirmations, w.id, nil)
	})
}

// CreateSubscriberAnyway is [DB.CreateSubscriber] for an address whose owner had asked never to be
// written to again, and has changed their mind.
func (db *DB) CreateSubscriberAnyway(ctx context.Context, by namets.Actor, s namets.Subscriber) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if err := t.unsuppress(ctx, s.Email); err != nil {
			return err
		}
		id, err = t.createSubscriber(ctx, by, s)
		return err
	})
	return id, err
}

// refuseSilenced returns a Conflict for an address whose owner has asked never to be written to
// again.
func (t *tx) refuseSilenced(ctx context.Context, email string) error {
	never, err := t.silenced(ctx, email)
	if err == nil && never {
		err = &namets.Error{Code: namets.Conflict, Field: "email", Err: namets.ErrSilenced,
			Message: "belongs to somebody who has asked never to be written to again; only a user with the role " +
				"owner can add it all the same"}
	}
	return err
}
