package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// linkLifetime is the age at which an e-mail with a personal link is no longer worth sending.
const linkLifetime = 24 * time.Hour

// SubscriberByToken returns the subscriber whose personal link has the token. Errors: NotFound.
func (db *DB) SubscriberByToken(ctx context.Context, token namets.UUID) (namets.Subscriber, error) {
	return subscribers().by(ctx, db.reader, "token", token.String())
}

// ChangePreferences sets the preferences of the subscriber with the token. If that changes
// something for an active subscriber, subscriber_updated is queued. Errors: NotFound.
func (db *DB) ChangePreferences(ctx context.Context, by namets.Actor, token namets.UUID, p namets.Preferences) error {
	if _, err := db.SubscriberByToken(ctx, token); err != nil {
		return err // a guessed token must not take the write lock
	}
	return db.write(ctx, func(t *tx) error {
		s, err := subscribers().by(ctx, t, "token", token.String())
		if err != nil {
			return err
		}
		return t.updateSubscriber(ctx, by, s.ID, 0, namets.SubscriberPatch{
			Announcements: &p.Announcements, Events: &p.Events, PrayerChanges: &p.PrayerChanges,
		})
	})
}

// Unsubscribe removes the subscriber with the token, other subscribers of the same mailbox, and
// everything stored about the address except a keyed hash, by which imports know not to subscribe
// the address again. For each removed subscriber that was active, subscriber_unsubscribed is
// queued. Errors: NotFound.
func (db *DB) Unsubscribe(ctx context.Context, by namets.Actor, token namets.UUID) error {
	if _, err := db.SubscriberByToken(ctx, token); err != nil {
		return err // a guessed token must not take the write lock
	}
	return db.write(ctx, func(t *tx) error {
		s, err := subscribers().by(ctx, t, "token", token.String())
		if err != nil {
			return err
		}
		return t.leave(ctx, by, s.Email)
	})
}

// leave removes every subscriber of the mailbox and its pending confirmations, and records that the
// address has left.
func (t *tx) leave(ctx context.Context, by namets.Actor, email string) error {
	list, err := subscribers().all(ctx, t, withMailbox+" order by id", namets.EmailKey(email))
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := t.deleteSubscriber(ctx, by, s.ID); err != nil {
			return err
		}
	}
	if err := t.dropPending(ctx, email); err != nil {
		return err
	}
	return t.suppress(ctx, email, namets.Suppression{Reason: namets.SuppressedLeft, Since: t.now})
}

// dropPending deletes the requests to subscribe that wait for a click of the mailbox.
func (t *tx) dropPending(ctx context.Context, email string) error {
	_, err := t.ExecContext(ctx, `delete from confirmations where used_at is null and email_key = $1`,
		namets.EmailKey(email))
	return err
}

// RequestLink sends the personal link to the address (subscriber_link) if it belongs to a
// subscriber and may be written to, at most once in ten minutes. If it does not, RequestLink takes
// as long and returns the same.
func (db *DB) RequestLink(ctx context.Context, by namets.Actor, email string, links namets.Links) error {
	return db.write(ctx, func(t *tx) error {
		s, found, err := t.subscriberWith(ctx, email)
		if err != nil {
			return err
		}
		silent, err := t.silenced(ctx, email)
		if err != nil {
			return err
		}
		if !found || silent {
			return t.audit(ctx, by, "ask_link", namets.KindSubscribers, 0, nil) // a write, to take as long
		}
		return t.sendLink(ctx, by, &s, links)
	})
}

// subscriberWith returns the subscriber with the address, in any spelling, and false if there is
// none.
func (t *tx) subscriberWith(ctx context.Context, email string) (s namets.Subscriber, found bool, err error) {
	s, err = subscribers().by(ctx, t, "email_key", namets.EmailKey(email))
	if namets.CodeOf(err) == namets.NotFound {
		return s, false, nil
	}
	return s, err == nil, err
}

// sendLink queues the e-mail with the personal link of s.
func (t *tx) sendLink(ctx context.Context, by namets.Actor, s *namets.Subscriber, links namets.Links) error {
	var sent bool
	err := t.QueryRowContext(ctx, `
		select exists (select 1 from deliveries where entity = $1 and entity_id = $2 and kind = $3
			and created_at > $4)`,
		namets.KindSubscribers, s.ID, namets.SubscriberLink, t.now.Add(-askAgainAfter).UnixMicro()).Scan(&sent)
	if err != nil {
		return err
	}
	if !sent {
		notification, about := namets.NewLinkNotification(s.Email, links.Preferences(s.Token)),
			subject{namets.KindSubscribers, s.ID}
		if _, err := t.queueUntil(ctx, notification, about, oneAddress(s.Email), t.now.Add(linkLifetime)); err != nil {
			return err
		}
	}
	return t.audit(ctx, by, "ask_link", namets.KindSubscribers, s.ID, nil)
}
