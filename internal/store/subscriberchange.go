package store

import (
	"context"

	"namets/internal/namets"
)

// ChangeSubscriber changes a stored subscriber for a program, as [DB.UpdateSubscriber] does.
// Errors: NotFound; Conflict as there, with the cause [namets.ErrOtherRevision], and for a new
// address, and somebody inactive who becomes active, with [namets.ErrSuppressed]; Invalid with
// [namets.ErrNoConsent] for these; Problems about the consent; those of c.Edit. Create is not
// supported.
func (db *DB) ChangeSubscriber(ctx context.Context,
	c namets.SubscriberChange) (done namets.Changed[namets.Subscriber], err error) {
	err = db.write(ctx, func(t *tx) error {
		t.quiet = c.Quiet
		was, revision, err := subscribers().named(ctx, t, c.Row)
		switch {
		case err != nil:
			return err
		case c.Accepts != nil && !c.Accepts(revision):
			return subscribers().changedMeanwhile()
		}
		edited := was
		if err := c.Edit(&edited, revision); err != nil {
			return err
		}
		if err := t.admit(ctx, &was, &edited, c.Consent); err != nil {
			return err
		}
		edit := func(s *namets.Subscriber) { *s = edited }
		if err := t.editSubscriber(ctx, c.By, was.ID, 0, edit); err != nil {
			return err
		}
		claimed, err := t.recordClaim(ctx, c.By, was.ID, c.Consent)
		if err != nil {
			return err
		}
		done.Row, done.Revision, err = subscribers().row(ctx, t, was.ID)
		if done.Outcome = namets.WasUnchanged; claimed || done.Revision != revision {
			done.Outcome = namets.WasUpdated
		}
		return err
	})
	return done, err
}

// admit checks the consent to a change of a subscriber by a program. Another mailbox needs one, and
// a later one if it has left; it then counts as not having left. Who becomes active again needs one
// that is later than the last change of the row, and so than the one that ended the e-mails.
func (t *tx) admit(ctx context.Context, was, now *namets.Subscriber, c *namets.ClaimedConsent) error {
	if c != nil {
		if err := c.Validate(t.now); err != nil {
			return err
		}
	}
	if now.IsActive && !was.IsActive {
		if err := t.admitAgain(ctx, was, c); err != nil {
			return err
		}
	}
	if namets.EmailKey(was.Email) == namets.EmailKey(now.Email) {
		return nil
	}
	if c == nil {
		return namets.RefusedRow(namets.ErrNoConsent).Why
	}
	s, is, err := t.suppressed(ctx, now.Email)
	switch {
	case err != nil || !is || s.Reason.Final():
		return err // a final reason is refused by the change itself
	case !s.Lifted(c):
		return &namets.Error{Code: namets.Conflict, Field: "email", Err: namets.ErrSuppressed,
			Message: "belongs to somebody who has unsubscribed after this consent"}
	}
	return t.unsuppress(ctx, now.Email)
}

// admitAgain checks the consent of somebody inactive to e-mails. A final reason is refused by the
// change itself.
func (t *tx) admitAgain(ctx context.Context, was *namets.Subscriber, c *namets.ClaimedConsent) error {
	silent, err := t.silenced(ctx, was.Email)
	switch {
	case err != nil || silent:
		return err
	case c == nil:
		return &namets.Error{Code: namets.Invalid, Field: "is_active", Err: namets.ErrNoConsent,
			Message: "is false: send a consent with consent_at and consent_source to change that"}
	case !c.At.After(was.Updated):
		return &namets.Error{Code: namets.Conflict, Field: "is_active", Err: namets.ErrSuppressed,
			Message: "was false, or the subscriber was changed, after this consent"}
	}
	return nil
}

// recordClaim records a consent that a program claims, with its audit row, and reports whether
// that changed anything.
func (t *tx) recordClaim(ctx context.Context, by namets.Actor, id int64, c *namets.ClaimedConsent) (bool, error) {
	if c == nil {
		return false, nil
	}
	claimed, err := t.changes(ctx, storeConsent, id, c.At.UnixMicro(), []byte{}, c.Source)
	if err != nil || !claimed {
		return false, err
	}
	return true, t.audit(ctx, by, "update", namets.KindSubscribers, id, consentChange([]string{consentField}, c))
}

// RemoveSubscriber is [DB.DeleteSubscriber] for a row that may be absent. Quiet fires no event.
// Errors: Conflict with the cause [namets.ErrOtherRevision].
func (db *DB) RemoveSubscriber(ctx context.Context, r namets.Removal,
	quiet bool) (namets.Changed[namets.Subscriber], error) {
	return removeWith(ctx, db, subscribers(), r, func(t *tx, id int64) error {
		t.quiet = quiet
		return t.deleteSubscriber(ctx, r.By, id)
	})
}
