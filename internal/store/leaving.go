package store

import (
	"context"
	"slices"
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
	_, err = t.ExecContext(ctx, `delete from confirmations where used_at is null and email_key = $1`,
		namets.EmailKey(email))
	if err != nil {
		return err
	}
	return t.suppress(ctx, email)
}

// RequestLink sends the personal link to the address (subscriber_link) if it belongs to a
// subscriber, at most once in ten minutes. If it does not, RequestLink takes as long and returns
// the same.
func (db *DB) RequestLink(ctx context.Context, by namets.Actor, email string, links namets.Links) error {
	return db.write(ctx, func(t *tx) error {
		s, found, err := t.subscriberWith(ctx, email)
		if err != nil {
			return err
		}
		if !found {
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

// suppress records that the address has left.
func (t *tx) suppress(ctx context.Context, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `insert into suppressed (address_hash, since) values ($1, $2) on conflict do nothing`,
		key.address(email), t.now.UnixMicro())
	return err
}

// suppressed reports whether the address has left.
func (t *tx) suppressed(ctx context.Context, email string) (is bool, err error) {
	key, err := t.key(ctx)
	if err != nil {
		return false, err
	}
	for _, hash := range key.addresses(email) {
		err = t.QueryRowContext(ctx, `select exists (select 1 from suppressed where address_hash = $1)`, hash).Scan(&is)
		if is || err != nil {
			break
		}
	}
	return is, err
}

// unsuppress deletes the record that the address has left.
func (t *tx) unsuppress(ctx context.Context, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	for _, hash := range key.addresses(email) {
		if _, err := t.ExecContext(ctx, `delete from suppressed where address_hash = $1`, hash); err != nil {
			return err
		}
	}
	return nil
}

// leavers are the addresses that have left, read once per import.
type leavers struct {
	key    keyed
	hashes map[string]bool // if empty, nobody has left, and key may be nil
}

func (l *leavers) read(ctx context.Context, t *tx) error {
	l.hashes = map[string]bool{}
	rows, err := t.QueryContext(ctx, `select address_hash from suppressed`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return err
		}
		l.hashes[hash] = true
	}
	if err := rows.Err(); err != nil || len(l.hashes) == 0 {
		return err
	}
	var key []byte // it exists, because the hashes were made with it
	err = t.QueryRowContext(ctx, `select key from instance`).Scan(&key)
	l.key = key
	return err
}

// hasLeft counts the address if it has left, and reports whether the import must leave it out.
func (im *importer) hasLeft(ctx context.Context, email string) (bool, error) {
	known := func(hash []byte) bool { return im.left.hashes[string(hash)] }
	if len(im.left.hashes) == 0 || !slices.ContainsFunc(im.left.key.addresses(email), known) {
		return false, nil
	}
	im.report.Suppressed++
	if !im.opts.IgnoreSuppressed {
		return true, nil
	}
	return false, im.unsuppress(ctx, email)
}
