package store

import (
	"context"

	"namets/internal/namets"
)

// Subscriber returns the subscriber with the id, and its revision. Errors: NotFound.
func (db *DB) Subscriber(ctx context.Context, id int64) (namets.Subscriber, int64, error) {
	return subscribers().row(ctx, db.reader, id)
}

// CreateSubscriber stores s under a new id. A zero Token becomes a random one, a zero SubscribedAt
// the present. An active subscriber has joined: subscriber_joined is queued. Errors: Conflict with
// Field email, also because of [namets.ErrSilenced].
func (db *DB) CreateSubscriber(ctx context.Context, by namets.Actor, s namets.Subscriber) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if err := t.refuseSilenced(ctx, s.Email); err != nil {
			return err
		}
		id, err = t.createSubscriber(ctx, by, s)
		return err
	})
	return id, err
}

func (t *tx) createSubscriber(ctx context.Context, by namets.Actor, s namets.Subscriber) (id int64, err error) {
	if s.Token == (namets.UUID{}) {
		s.Token = namets.NewUUID()
	}
	if s.SubscribedAt.IsZero() {
		s.SubscribedAt = t.now
	}
	if s.ID, err = subscribers().create(ctx, t, by, &s); err != nil {
		return 0, err
	}
	return s.ID, t.notifyAboutSubscriber(ctx, &namets.Subscriber{Notify: s.Notify}, &s)
}

// UpdateSubscriber changes the subscriber with the id; a revision other than 0 must be the stored
// one. It queues subscriber_joined when the subscriber becomes active for the first time,
// subscriber_unsubscribed when it stops being active, and subscriber_updated when the preferences
// of an active one change. Errors: NotFound; Conflict, with Field email or, for another revision,
// without one.
func (db *DB) UpdateSubscriber(ctx context.Context, by namets.Actor, id, revision int64,
	p namets.SubscriberPatch) error {
	return db.write(ctx, func(t *tx) error { return t.updateSubscriber(ctx, by, id, revision, p) })
}

func (t *tx) updateSubscriber(ctx context.Context, by namets.Actor, id, revision int64,
	p namets.SubscriberPatch) error {
	before, after, err := subscribers().update(ctx, t, by, id, revision, p.Apply)
	if err != nil {
		return err
	}
	if namets.EmailKey(before.Email) != namets.EmailKey(after.Email) {
		if err := t.refuseSilenced(ctx, after.Email); err != nil {
			return err
		}
	}
	return t.notifyAboutSubscriber(ctx, &before, &after)
}

// DeleteSubscriber removes the subscriber with the id. When it was active, subscriber_unsubscribed
// is queued. Errors: NotFound.
func (db *DB) DeleteSubscriber(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error { return t.deleteSubscriber(ctx, by, id) })
}

func (t *tx) deleteSubscriber(ctx context.Context, by namets.Actor, id int64) error {
	was, err := subscribers().delete(ctx, t, by, id)
	if err != nil {
		return err
	}
	if err := t.forgetAbout(ctx, subject{namets.KindSubscribers, id}); err != nil {
		return err
	}
	gone := was
	gone.IsActive = false
	return t.notifyAboutSubscriber(ctx, &was, &gone)
}

// notifyAboutSubscriber queues what the step from before to after means to the subscriber.
func (t *tx) notifyAboutSubscriber(ctx context.Context, before, after *namets.Subscriber) error {
	about := subject{namets.KindSubscribers, after.ID}
	switch {
	case before.IsActive && !after.IsActive:
		return t.queue(ctx, namets.NewUnsubscribedNotification(before.Email), about, oneAddress(before.Email))
	case !after.IsActive:
		return nil
	case !before.IsActive:
		first, err := t.changes(ctx, `update subscribers set joined_at = $2 where id = $1 and joined_at is null`,
			after.ID, t.now.UnixMicro())
		if err != nil {
			return err
		}
		if first {
			return t.queue(ctx, namets.NewSubscriberNotification(namets.SubscriberJoined, after), about,
				oneAddress(after.Email))
		}
	}
	if before.Notify == after.Notify {
		return nil
	}
	return t.queue(ctx, namets.NewSubscriberNotification(namets.SubscriberUpdated, after), about,
		oneAddress(after.Email))
}
