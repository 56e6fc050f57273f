package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

const (
	// confirmationsPerDay is how many e-mails that ask to confirm one mailbox gets in
	// [confirmationDay], no matter who asks.
	confirmationsPerDay = 3
	confirmationDay     = 24 * time.Hour
)

// mayAsk reports whether the mailbox may be sent another confirmation now: it has had fewer than a
// day allows, and its owner has not asked for silence.
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

// countAsked counts a confirmation that is sent to the mailbox.
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

// NeverWrite carries out what the owner of the address that the link with the secret asks may wish
// instead of confirming: that nobody's form sends anything to it again. It removes what
// [DB.Unsubscribe] does, for every subscriber of the mailbox, and lets no link to confirm work.
// Only an owner of the admin, or an import that ignores who has left, undoes it. Errors: NotFound,
// also for a link that has expired; Conflict for one that was used.
func (db *DB) NeverWrite(ctx context.Context, by namets.Actor, secret string) error {
	if _, err := db.Confirmation(ctx, secret); err != nil {
		return err // a guess must not take the write lock
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

// CreateSubscriberAnyway is [DB.CreateSubscriber] for an address whose owner has asked never to be
// written to again, and has changed its mind.
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
