package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"namets/internal/namets"
)

// MailCounts returns how many people were sent the e-mails of each kind about the row, and how many
// of them were refused, as far as workflows have reported it. Kinds without a report are left out.
// One person counts once, however many deliveries, targets and resends there were.
func (db *DB) MailCounts(ctx context.Context, entity namets.Kind,
	id int64) (map[namets.NotificationKind]namets.MailCounts, error) {
	rows, err := db.reader.QueryContext(ctx, mailCountsSQL, entity, id)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	counts := map[namets.NotificationKind]namets.MailCounts{}
	for rows.Next() {
		var kind namets.NotificationKind
		var c namets.MailCounts
		if err := rows.Scan(&kind, &c.Sent, &c.Refused); err != nil {
			return nil, db.wrap(err)
		}
		counts[kind] = c
	}
	return counts, db.wrap(rows.Err())
}

const mailCountsSQL = `
	select kind, sum(sent), sum(1 - sent) from (
		select d.kind as kind, r.address_hash, max(case r.outcome when 'sent' then 1 else 0 end) as sent
		from deliveries d join delivery_reports r on r.delivery_id = d.id
		where d.entity = $1 and d.entity_id = $2 group by d.kind, r.address_hash) people
	group by kind`

// DeliveryMailCounts is MailCounts for one delivery, such as that of a message.
func (db *DB) DeliveryMailCounts(ctx context.Context, delivery int64) (namets.MailCounts, error) {
	return mailCountsOf(ctx, db.reader, delivery)
}

// mailCounts are the columns that count reports by their outcome.
const mailCounts = `coalesce(sum(case outcome when 'sent' then 1 else 0 end), 0),
	coalesce(sum(case outcome when 'refused' then 1 else 0 end), 0)`

// mailCountsOf counts the reports on the delivery.
func mailCountsOf(ctx context.Context, q querier, delivery int64) (c namets.MailCounts, err error) {
	err = q.QueryRowContext(ctx, `select `+mailCounts+` from delivery_reports where delivery_id = $1`, delivery).
		Scan(&c.Sent, &c.Refused)
	return c, q.wrap(err)
}

// MailCountsOf is DeliveryMailCounts for several deliveries, by their ids. Those without a report
// are left out.
func (db *DB) MailCountsOf(ctx context.Context, deliveries []int64) (map[int64]namets.MailCounts, error) {
	counts := map[int64]namets.MailCounts{}
	ids, err := json.Marshal(deliveries)
	if err != nil || len(deliveries) == 0 {
		return counts, err
	}
	rows, err := db.reader.QueryContext(ctx, `
		select delivery_id, `+mailCounts+` from delivery_reports
		where delivery_id in (`+numbersOf(db.dialect)+`) group by delivery_id`, string(ids))
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var c namets.MailCounts
		if err := rows.Scan(&id, &c.Sent, &c.Refused); err != nil {
			return nil, db.wrap(err)
		}
		counts[id] = c
	}
	return counts, db.wrap(rows.Err())
}

// MailsTo returns at most limit e-mails to the mailbox of which workflows have reported, those
// reported last first.
func (db *DB) MailsTo(ctx context.Context, email string, limit int) ([]namets.MailRecord, error) {
	key, err := instanceKey(ctx, db.reader)
	if err != nil || key == nil {
		return nil, err
	}
	rows, err := db.reader.QueryContext(ctx, mailsToSQL(db.dialect), key.address(email), limit)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var list []namets.MailRecord
	for rows.Next() {
		var m namets.MailRecord
		err := rows.Scan(&m.Delivery, &m.Kind, &m.Entity, &m.EntityID, &m.Subject, instant{&m.At}, &m.Outcome,
			&m.Reason)
		if err != nil {
			return nil, db.wrap(err)
		}
		list = append(list, m)
	}
	return list, db.wrap(rows.Err())
}

func mailsToSQL(d Dialect) string {
	return `
	select deliveries.id, kind, entity, entity_id, ` + deliverySubject(d) + `, r.at, r.outcome, r.reason
	from delivery_reports r join deliveries on deliveries.id = r.delivery_id
	where r.address_hash = $1 order by r.at desc, r.delivery_id desc limit $2`
}

// LastMails returns for each of the addresses, as it is written, when a workflow last reported that
// an e-mail to it was sent. Addresses without such a report are left out.
func (db *DB) LastMails(ctx context.Context, emails []string) (map[string]time.Time, error) {
	last := map[string]time.Time{}
	key, err := instanceKey(ctx, db.reader)
	if err != nil || key == nil {
		return last, err
	}
	for _, email := range emails {
		var at *time.Time
		err := db.reader.QueryRowContext(ctx, `
			select max(at) from delivery_reports where address_hash = $1 and outcome = 'sent'`, key.address(email)).
			Scan(optionalInstant{&at})
		if err != nil {
			return nil, db.wrap(err)
		}
		if at != nil {
			last[email] = *at
		}
	}
	return last, nil
}

// RefusedMails returns the people whose e-mails of the kind about the row were all refused, those
// reported last first. People who have left meanwhile are left out. It reads every address, because
// reports contain none.
func (db *DB) RefusedMails(ctx context.Context, kind namets.NotificationKind, entity namets.Kind,
	id int64) (list []namets.RefusedMail, err error) {
	err = db.read(ctx, func(tx readTx) error {
		refused, err := refusals(ctx, tx, kind, entity, id)
		if err != nil || len(refused) == 0 {
			return err
		}
		list, err = tx.owners(ctx, refused)
		return err
	})
	return list, err
}

// refusals returns the refusals of people who were not sent another e-mail of the kind about the
// row, by the hash of the address.
func refusals(ctx context.Context, q selector, kind namets.NotificationKind, entity namets.Kind,
	id int64) (map[string]namets.RefusedMail, error) {
	rows, err := q.QueryContext(ctx, `
		select r.address_hash, r.outcome, r.at, r.reason
		from deliveries d join delivery_reports r on r.delivery_id = d.id
		where d.entity = $1 and d.entity_id = $2 and d.kind = $3 order by r.at`, entity, id, kind)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	refused, sent := map[string]namets.RefusedMail{}, map[string]bool{}
	for rows.Next() {
		var hash string
		var outcome namets.MailOutcome
		var m namets.RefusedMail
		if err := rows.Scan(&hash, &outcome, instant{&m.At}, &m.Reason); err != nil {
			return nil, err
		}
		if outcome == namets.MailSent {
			sent[hash] = true
			delete(refused, hash)
		} else if !sent[hash] {
			refused[hash] = m
		}
	}
	return refused, rows.Err()
}

// owners returns the refusals with the subscribers and patrons whom they are about.
func (t readTx) owners(ctx context.Context, refused map[string]namets.RefusedMail) ([]namets.RefusedMail, error) {
	key, err := instanceKey(ctx, t)
	if err != nil {
		return nil, err
	}
	rows, err := t.QueryContext(ctx, `select id, 0, email from subscribers union all
		select 0, id, email from patrons where email <> ''`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []namets.RefusedMail
	for rows.Next() {
		var who namets.RefusedMail
		if err := rows.Scan(&who.Subscriber, &who.Patron, &who.Email); err != nil {
			return nil, err
		}
		hash := string(key.address(who.Email))
		if m, ok := refused[hash]; ok {
			who.At, who.Reason = m.At, m.Reason
			list = append(list, who)
			delete(refused, hash)
		}
	}
	slices.SortStableFunc(list, func(a, b namets.RefusedMail) int { return b.At.Compare(a.At) })
	return list, rows.Err()
}
