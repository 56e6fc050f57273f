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
// limit of the day, and is not suppressed for a final reason.
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

// countAsked records a confirmation e-mail to the mailbox, which by has asked for.
func (t *tx) countAsked(ctx context.Context, by namets.Actor, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `insert into confirmation_emails (address_hash, sent_at, by_program)
		values ($1, $2, $3)`, key.address(email), t.now.UnixMicro(), by.Kind == namets.Program)
	return err
}

// askedByPrograms returns the number of confirmation e-mails that programs have asked for in the
// last day.
func (t *tx) askedByPrograms(ctx context.Context) (n int, err error) {
	err = t.QueryRowContext(ctx, `select count(*) from confirmation_emails where by_program and sent_at > $1`,
		t.now.Add(-confirmationDay).UnixMicro()).Scan(&n)
	return n, err
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
		never := namets.Suppression{Reason: namets.SuppressedNever, Since: t.now}
		if err := t.suppress(ctx, w.Email, never); err != nil {
			return err
		}
		return t.audit(ctx, by, "never_write", namets.KindConfirmations, w.id, nil)
	})
}

// CreateSubscriberAnyway is [DB.CreateSubscriber] for an address that is suppressed for a final
// reason, which the caller knows to be over.
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
