package store

import (
	"context"

	"namets/internal/namets"
)

// MergeSubscribers makes one subscriber of two that name the same mailbox. The one with the id
// keep stays as it is, with its address as it is spelled, its state, its preferences and its
// personal link, and takes over from the other what it lacks: see [namets.Subscriber.Merge]. The
// other is removed. No webhook is queued, for nobody has joined or left. A revision other than 0
// must be the stored one. Errors: NotFound; Conflict for another revision, and Invalid when the
// two are not the same mailbox.
func (db *DB) MergeSubscribers(ctx context.Context, by namets.Actor, keep, keepRevision, drop,
	dropRevision int64) error {
	return db.write(ctx, func(t *tx) error {
		survivor, err := t.atRevision(ctx, keep, keepRevision)
		if err != nil {
			return err
		}
		other, err := t.atRevision(ctx, drop, dropRevision)
		if err != nil {
			return err
		}
		if keep == drop || namets.EmailKey(survivor.Email) != namets.EmailKey(other.Email) {
			return &namets.Error{Code: namets.Invalid, Message: "the two subscribers do not have the same mailbox"}
		}
		return t.merge(ctx, by, &survivor, &other)
	})
}

// atRevision returns the subscriber with the id when it has the revision. Errors: NotFound,
// Conflict.
func (t *tx) atRevision(ctx context.Context, id, revision int64) (namets.Subscriber, error) {
	s, stored, err := subscribers().row(ctx, t, id)
	if err == nil && revision != 0 && revision != stored {
		err = subscribers().changedMeanwhile()
	}
	return s, err
}

func (t *tx) merge(ctx context.Context, by namets.Actor, survivor, other *namets.Subscriber) error {
	// What was agreed to goes with the person; the row of the other one would take it along.
	_, err := t.ExecContext(ctx, `update or ignore consents set subscriber_id = $1 where subscriber_id = $2`,
		survivor.ID, other.ID)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `
		update subscribers set joined_at = coalesce(joined_at, (select joined_at from subscribers where id = $2))
			where id = $1`,
		survivor.ID, other.ID)
	if err != nil {
		return err
	}
	if _, err := subscribers().delete(ctx, t, by, other.ID); err != nil {
		return err
	}
	if err := t.forgetAbout(ctx, subject{namets.KindSubscribers, other.ID}); err != nil {
		return err
	}
	if _, _, err := subscribers().update(ctx, t, by, survivor.ID, 0, func(s *namets.Subscriber) {
		s.Merge(other)
	}); err != nil {
		return err
	}
	return t.audit(ctx, by, "merge", namets.KindSubscribers, survivor.ID, struct {
		Merged int64 `json:"merged"`
	}{other.ID})
}
