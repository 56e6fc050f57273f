package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"namets/internal/namets"
)

// maxOffers is how often a target may accept a delivery without reporting on every recipient.
const maxOffers = 3

// noReport is the error of a delivery that was accepted too often without all reports.
const noReport = "no report: it was accepted three times, and no workflow reported on every recipient"

// prepare fills in what the claim sends and to whom, or why there is no attempt.
func (db *DB) prepare(ctx context.Context, c *claimed) (err error) {
	to, err := db.targetOf(ctx, c.Hook)
	if err != nil {
		return err
	}
	var list, data string
	err = db.reader.QueryRowContext(ctx, `select recipients, data from delivery_bodies where delivery_id = $1`,
		c.ID).Scan(&list, &data)
	missing := errors.Is(err, sql.ErrNoRows)
	if err != nil && !missing {
		return db.wrap(err)
	}
	var addresses []string
	if !missing {
		if err := json.Unmarshal([]byte(list), &addresses); err != nil {
			return err
		}
		if done, err := db.settled(ctx, c, &to, &addresses); done || err != nil {
			return err
		}
	}
	info := c.Kind.Info()
	if info.HooksOnly && !to.split {
		c.Skip = "the legacy form does not know this event"
		return nil
	}
	if c.Skip, err = db.skipReason(ctx, c); err != nil || c.Skip != "" {
		c.Withdrawn = true
		return err
	}
	if missing {
		c.Skip = "its text is no longer kept"
		return nil
	}
	had := len(addresses)
	if addresses, err = remaining(ctx, db.reader, c.Kind, addresses); err != nil {
		return err
	}
	if len(addresses) == 0 && info.Audience != namets.Nobody && !info.HooksOnly && (had > 0 || !to.blind) {
		c.Skip = "nobody is left to receive it"
		return nil
	}
	c.Recipients = len(addresses)
	n := namets.Notification{Kind: c.Kind, Data: []byte(data)}
	if !to.split {
		c.Body = n.Body(addresses)
		return nil
	}
	return db.fillContent(ctx, c, &to, n, addresses)
}

// settled reports whether the claim needs no attempt, because its target has reported on every
// recipient, or has accepted it too often. Otherwise it takes the reported ones out of addresses.
func (db *DB) settled(ctx context.Context, c *claimed, to *target, addresses *[]string) (bool, error) {
	if !to.split || to.Ack != namets.AckReport || len(*addresses) == 0 {
		return false, nil
	}
	key, err := instanceKey(ctx, db.reader)
	if err != nil {
		return false, err
	}
	left, err := unreported(ctx, db.reader, key, c.ID, c.WebhookID, *addresses)
	if err != nil {
		return false, db.wrap(err)
	}
	if len(left) < len(*addresses) {
		still, err := remaining(ctx, db.reader, c.Kind, left)
		if err != nil {
			return false, err
		}
		if len(still) == 0 {
			c.Settled = namets.Delivered
			return true, nil
		}
	}
	if c.offers >= maxOffers {
		c.Settled, c.Skip = namets.Dead, noReport
		return true, nil
	}
	*addresses = left
	return false, nil
}

// fillContent fills in the content of a claim in the form of the open API.
func (db *DB) fillContent(ctx context.Context, c *claimed, to *target, n namets.Notification,
	addresses []string) (err error) {
	content := &namets.HookContent{Type: c.Kind.Info().Type, Part: c.part, Parts: c.parts}
	if content.Mail, err = n.Mail(); err != nil {
		return err
	}
	if err := db.fillRow(ctx, c, n, content); err != nil {
		return err
	}
	if content.Recipients, err = db.recipients(ctx, c.Kind, addresses); err != nil {
		return err
	}
	if len(addresses) > 0 {
		key, err := db.ReportKey(ctx, c.WebhookID)
		if err != nil {
			return err
		}
		content.ReportPath = namets.ReportPath(c.WebhookID, key.Reveal())
		if to.Ack == namets.AckReport {
			c.ReportWithin = to.ReportWithin
		}
	}
	c.Content = content
	return nil
}

// fillRow fills in the row that the notification is about, as it is now. What has no row, or no
// longer, is described by the notification itself.
func (db *DB) fillRow(ctx context.Context, c *claimed, n namets.Notification, content *namets.HookContent) error {
	content.ID = c.about.id
	content.Row = func(*namets.RowForm) []byte { return n.Data }
	var err error
	switch c.about.entity {
	case namets.KindAnnouncements:
		var a namets.Announcement
		var revision int64
		if a, revision, err = db.Announcement(ctx, content.ID); err == nil {
			content.Key, content.Path = a.Key, a.Path()
			content.Row = func(f *namets.RowForm) []byte { return f.AppendAnnouncement(nil, &a, revision) }
		}
	case namets.KindEvents:
		var e namets.Event
		var revision int64
		if e, revision, err = db.Event(ctx, content.ID); err == nil {
			content.Key, content.Path = e.Key, e.Path()
			content.Row = func(f *namets.RowForm) []byte { return f.AppendEvent(nil, &e, revision) }
		}
	case namets.KindPrayerSchedules:
		var s namets.PrayerSchedule
		var revision int64
		if s, revision, err = db.PrayerSchedule(ctx, content.ID); err == nil {
			content.Key, content.Path = s.Key, namets.PrayerTimesPath
			content.Row = func(f *namets.RowForm) []byte { return f.AppendPrayerDay(nil, &s, revision) }
		}
	case namets.KindSubscribers:
		var s namets.Subscriber
		var revision int64
		if s, revision, err = db.Subscriber(ctx, content.ID); err == nil {
			content.Key = s.Key
			content.Row = func(f *namets.RowForm) []byte { return f.AppendSubscriber(nil, &s, revision, false) }
		}
	}
	if namets.CodeOf(err) == namets.NotFound {
		return nil
	}
	return err
}

// recipients returns the addresses with the tokens of those that belong to subscribers.
func (db *DB) recipients(ctx context.Context, kind namets.NotificationKind,
	addresses []string) ([]namets.HookRecipient, error) {
	list := make([]namets.HookRecipient, len(addresses))
	keys := make([]string, len(addresses))
	for i, a := range addresses {
		list[i].Email, keys[i] = a, namets.EmailKey(a)
	}
	if kind.Info().Audience == namets.FormerSubscriber {
		return list, nil
	}
	each := db.dialect.Each("$1")
	rows, err := db.reader.QueryContext(ctx, `
		select k.key, s.email, s.token from `+each+` k cross join subscribers s where s.email_key = k.value
		union all
		select k.key, d.email, d.token from subscribers d`+db.dialect.IndexedBy("subscribers_duplicates")+
		` cross join `+each+` k where d.duplicate_key is not null and k.value = d.duplicate_key`,
		string(namets.EncodeAddresses(nil, keys)))
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var email string
		var token namets.UUID
		if err := rows.Scan(&i, &email, uuid{&token}); err != nil {
			return nil, db.wrap(err)
		}
		if list[i].Token == nil || email == list[i].Email {
			list[i].Token = &token
		}
	}
	return list, db.wrap(rows.Err())
}
