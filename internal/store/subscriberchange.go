package store

import (
	"context"

	"namets/internal/namets"
)

// ChangeSubscriber changes a stored subscriber for a program, as [DB.UpdateSubscriber] does.
// Errors: NotFound; Conflict as there, with the cause [namets.ErrOtherRevision], and for a new
// address with [namets.ErrSuppressed]; Invalid with [namets.ErrNoConsent] for a new address;
// Problems about the consent; those of c.Edit. Create is not supported.
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

// admit checks the consent to a change of a subscriber by a program: another mailbox needs one,
// and a later one if it has left. It then counts as not having left.
func (t *tx) admit(ctx context.Context, was, now *namets.Subscriber, c *namets.ClaimedConsent) error {
	if c != nil {
		if err := c.Validate(t.now); err != nil {
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
