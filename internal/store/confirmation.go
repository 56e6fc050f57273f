package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"namets/internal/namets"
)

const (
	// askAgainAfter is the time during which an address gets no second confirmation and no second
	// personal link.
	askAgainAfter = 10 * time.Minute
	// linksPerAddress is how many links for one address work at the same time, because e-mails may
	// arrive late.
	linksPerAddress = 3
)

// RequestSubscription stores a request from the subscribe form. Its effect depends on the address;
// the caller's response must not:
//
// With double opt-in the address is asked to confirm (subscriber_confirmation), at most once in ten
// minutes and three times in a day. A request beyond that changes what the pending confirmation
// subscribes to, and nothing else. An address whose owner has asked never to be written to again
// (see [DB.NeverWrite]) is sent nothing.
//
// Without double opt-in an unknown address is subscribed at once, and a subscribed one gets its
// personal link (subscriber_link). An address that has left or was deactivated is asked to confirm
// all the same: typing an address must not subscribe anybody again.
func (db *DB) RequestSubscription(ctx context.Context, by namets.Actor, r namets.SubscriptionRequest,
	links namets.Links) error {
	return db.write(ctx, func(t *tx) error {
		if !r.DoubleOptIn {
			if done, err := t.subscribeAtOnce(ctx, by, r, links); done || err != nil {
				return err
			}
		}
		return t.askToConfirm(ctx, by, r, links)
	})
}

// subscribeAtOnce reports whether the address is subscribed now.
func (t *tx) subscribeAtOnce(ctx context.Context, by namets.Actor, r namets.SubscriptionRequest,
	links namets.Links) (bool, error) {
	s, found, err := t.subscriberWith(ctx, r.Email)
	if err != nil {
		return false, err
	}
	if found {
		if !s.IsActive {
			return false, nil
		}
		return true, t.sendLink(ctx, by, &s, links)
	}
	if _, is, err := t.suppressed(ctx, r.Email); is || err != nil {
		return false, err
	}
	id, err := t.createSubscriber(ctx, by, namets.Subscriber{Email: r.Email, IsActive: true, Notify: r.Notify})
	if err != nil {
		return false, err
	}
	key, err := t.key(ctx)
	if err != nil {
		return false, err
	}
	_, err = t.ExecContext(ctx, `insert into consents (subscriber_id, asked_at, asked_from, consent_text) values `+
		`($1, $2, $3, $4)`,
		id, t.now.UnixMicro(), key.client(r.Consent.From), r.Consent.Text)
	return true, err
}

func (t *tx) askToConfirm(ctx context.Context, by namets.Actor, r namets.SubscriptionRequest,
	links namets.Links) error {
	if err := t.dropExpired(ctx); err != nil {
		return err
	}
	may, err := t.mayAsk(ctx, r.Email)
	if err != nil {
		return err
	}
	since := t.now.Add(-askAgainAfter)
	if !may {
		since = time.UnixMicro(0) // no e-mail may be sent: change any pending request
	}
	address := namets.EmailKey(r.Email)
	asked, err := t.changes(ctx, `
		update confirmations set notify_announcements = $3, notify_events = $4, notify_prayer_changes = $5
			where id = (
			select max(id) from confirmations where used_at is null and email_key = $1) and asked_at > $2`,
		address, since.UnixMicro(), flag{&r.Notify.Announcements}, flag{&r.Notify.Events},
		flag{&r.Notify.PrayerChanges})
	if err != nil {
		return err
	}
	if asked || !may {
		return t.audit(ctx, by, "ask_again", namets.KindConfirmations, 0, nil)
	}
	_, err = t.ExecContext(ctx, `
		delete from confirmations where used_at is null and email_key = $1 and id not in (
			select id from confirmations where used_at is null and email_key = $1 order by id desc limit $2)`,
		address, linksPerAddress-1)
	if err != nil {
		return err
	}
	secret := rand.Text()
	id, err := t.insertConfirmation(ctx, r, secret)
	if err != nil {
		return err
	}
	if err := t.countAsked(ctx, by, r.Email); err != nil {
		return err
	}
	notification := namets.NewConfirmationNotification(r.Email, links.Confirm(secret), r.Notify)
	if _, err := t.queueUntil(ctx, notification, subject{}, oneAddress(r.Email),
		t.now.Add(namets.ConfirmationLifetime)); err != nil {
		return err
	}
	return t.audit(ctx, by, "ask", namets.KindConfirmations, id, nil)
}

func (t *tx) insertConfirmation(ctx context.Context, r namets.SubscriptionRequest,
	secret string) (id int64, err error) {
	key, err := t.key(ctx)
	if err != nil {
		return 0, err
	}
	err = t.QueryRowContext(ctx, `
		insert into confirmations (secret_hash, email, email_key, notify_announcements, notify_events,
			notify_prayer_changes,
			asked_at, asked_from, consent_text, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
		hashSecret(secret), r.Email, namets.EmailKey(r.Email),
		flag{&r.Notify.Announcements}, flag{&r.Notify.Events}, flag{&r.Notify.PrayerChanges},
		t.now.UnixMicro(), key.client(r.Consent.From), r.Consent.Text,
		t.now.Add(namets.ConfirmationLifetime).UnixMicro()).Scan(&id)
	return id, err
}

func hashSecret(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// waiting is a row of confirmations.
type waiting struct {
	namets.Confirmation
	id        int64
	askedAt   int64
	askedFrom []byte
	text      string
}

// confirmation returns the request that the link with the secret confirms. Errors: NotFound, also
// for a link that has expired.
func confirmation(ctx context.Context, q querier, secret string, now time.Time) (w waiting, err error) {
	err = q.QueryRowContext(ctx, `
		select id, email, notify_announcements, notify_events, notify_prayer_changes, asked_at, asked_from,
			consent_text, used_at is not null
		from confirmations where secret_hash = $1 and expires_at > $2`, hashSecret(secret), now.UnixMicro()).
		Scan(&w.id, &w.Email, flag{&w.Notify.Announcements}, flag{&w.Notify.Events}, flag{&w.Notify.PrayerChanges},
			&w.askedAt, &w.askedFrom, &w.text, flag{&w.Used})
	if errors.Is(err, sql.ErrNoRows) {
		return w, &namets.Error{Code: namets.NotFound, Message: "there is no such confirmation, or its time is over"}
	}
	return w, q.wrap(err)
}

// Confirmation returns the request that the link with the secret confirms. Errors: NotFound, also
// for a link that has expired.
func (db *DB) Confirmation(ctx context.Context, secret string) (namets.Confirmation, error) {
	w, err := confirmation(ctx, db.reader, secret, namets.Micro(db.now()))
	return w.Confirmation, err
}

// Confirm carries out the request that the link with the secret confirms. from is the client's
// address. A new address becomes a subscriber, a subscriber gets the new preferences, and an
// address that has left is subscribed again. It then marks all links of the address as used and
// returns the subscriber. Errors: NotFound, also for a link that has expired; Conflict for a link
// that was used.
func (db *DB) Confirm(ctx context.Context, by namets.Actor, secret, from string) (s namets.Subscriber, err error) {
	if _, err := db.Confirmation(ctx, secret); err != nil {
		return s, err // a guessed secret must not take the write lock
	}
	err = db.write(ctx, func(t *tx) error {
		w, err := confirmation(ctx, t, secret, t.now)
		if err != nil {
			return err
		}
		if w.Used {
			return linkUsed()
		}
		if s, err = t.subscribe(ctx, by, w.Email, w.Notify); err != nil {
			return err
		}
		if err := t.recordConsent(ctx, s.ID, &w, from); err != nil {
			return err
		}
		if err := t.unsuppress(ctx, w.Email); err != nil {
			return err
		}
		if err := t.deliverable(ctx, w.Email); err != nil {
			return err
		}
		return t.useUp(ctx, by, &w, s.ID)
	})
	return s, err
}

// linkUsed is the error for a link that has been used.
func linkUsed() error {
	return &namets.Error{Code: namets.Conflict, Message: "this link has been used"}
}

// subscribe makes the address an active, verified subscriber.
func (t *tx) subscribe(ctx context.Context, by namets.Actor, email string,
	p namets.Preferences) (namets.Subscriber, error) {
	s, found, err := t.subscriberWith(ctx, email)
	if err != nil {
		return s, err
	}
	if found {
		yes := true
		err = t.updateSubscriber(ctx, by, s.ID, 0, namets.SubscriberPatch{IsVerified: &yes, IsActive: &yes,
			Announcements: &p.Announcements, Events: &p.Events, PrayerChanges: &p.PrayerChanges})
	} else {
		s.ID, err = t.createSubscriber(ctx, by, namets.Subscriber{Email: email, IsVerified: true, IsActive: true,
			Notify: p})
	}
	if err != nil {
		return s, err
	}
	s, _, err = subscribers().row(ctx, t, s.ID)
	return s, err
}

func (t *tx) recordConsent(ctx context.Context, id int64, w *waiting, from string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `
		insert into consents (subscriber_id, asked_at, asked_from, confirmed_at, confirmed_from, consent_text)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (subscriber_id) do update set
			asked_at = excluded.asked_at, asked_from = excluded.asked_from,
			confirmed_at = excluded.confirmed_at, confirmed_from = excluded.confirmed_from,
			consent_text = excluded.consent_text, source = ''`,
		id, w.askedAt, w.askedFrom, t.now.UnixMicro(), key.client(from), w.text)
	return err
}

// useUp marks all links of the address as used.
func (t *tx) useUp(ctx context.Context, by namets.Actor, w *waiting, subscriber int64) error {
	_, err := t.ExecContext(ctx, `
		update confirmations set used_at = $2, email = '', email_key = '', notify_announcements = false,
			notify_events = false, notify_prayer_changes = false
		where used_at is null and email_key = $1`, namets.EmailKey(w.Email), t.now.UnixMicro())
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `update instance set confirmed_at = coalesce(confirmed_at, $1)`,
		t.now.UnixMicro()); err != nil {
		return err
	}
	return t.audit(ctx, by, "confirm", namets.KindConfirmations, w.id, struct {
		Subscriber int64 `json:"subscriber"`
	}{subscriber})
}

// PruneConfirmations deletes the requests whose links have expired, and their addresses.
func (db *DB) PruneConfirmations(ctx context.Context) error {
	var expired bool
	now := namets.Micro(db.now()).UnixMicro()
	err := db.reader.QueryRowContext(ctx, `select exists (select 1 from confirmations where expires_at <= $1)`,
		now).Scan(&expired)
	if err != nil || !expired {
		return db.wrap(err)
	}
	return db.write(ctx, func(t *tx) error {
		if err := t.dropExpired(ctx); err != nil {
			return err
		}
		return t.audit(ctx, namets.Actor{Kind: namets.System}, "prune", namets.KindConfirmations, 0, nil)
	})
}

func (t *tx) dropExpired(ctx context.Context) error {
	if _, err := t.ExecContext(ctx, `delete from confirmations where expires_at <= $1`, t.now.UnixMicro()); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `delete from confirmation_emails where sent_at <= $1`,
		t.now.Add(-confirmationDay).UnixMicro())
	return err
}

// ConfirmationStats returns how many requests wait, and whether any was ever confirmed.
func (db *DB) ConfirmationStats(ctx context.Context) (s namets.ConfirmationStats, err error) {
	err = db.reader.QueryRowContext(ctx, `
		select (select count(*) from confirmations where used_at is null and expires_at > $1),
			exists (select 1 from instance where confirmed_at is not null)`, namets.Micro(db.now()).UnixMicro()).
		Scan(&s.Waiting, &s.Ever)
	return s, db.wrap(err)
}

// UnsentConfirmations counts the confirmation e-mails that were requested from since until before
// and whose webhook n8n has not accepted.
func (db *DB) UnsentConfirmations(ctx context.Context, since, before time.Time) (n int, err error) {
	err = db.reader.QueryRowContext(ctx, `
		select count(*) from deliveries where kind = 'subscriber_confirmation' and state in ('pending', 'dead')
			and created_at >= $1 and created_at < $2`, since.UnixMicro(), before.UnixMicro()).Scan(&n)
	return n, db.wrap(err)
}
