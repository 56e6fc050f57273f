package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	"namets/internal/namets"
	"namets/internal/secret"
)

// ReportKey returns the key that allows a program to report on the delivery with the webhook-id,
// and nothing else. It is the same at every attempt and is stored nowhere.
func (db *DB) ReportKey(ctx context.Context, webhookID string) (secret.Value, error) {
	key, err := instanceKey(ctx, db.reader)
	if err == nil && key == nil {
		err = db.write(ctx, func(t *tx) error {
			key, err = t.key(ctx)
			return err
		})
	}
	if err != nil {
		return secret.Value{}, err
	}
	return secret.New(key.reportText(webhookID)), nil
}

// IsReportKey reports, in constant time, whether key is the one to report on the delivery with the
// webhook-id. It does not check whether there is such a delivery.
func (db *DB) IsReportKey(ctx context.Context, webhookID, key string) (bool, error) {
	own, err := instanceKey(ctx, db.reader)
	if err != nil || own == nil {
		return false, err
	}
	return hmac.Equal([]byte(key), []byte(own.reportText(webhookID))), nil
}

// RecordReport stores what a workflow says of the e-mails of the delivery with the webhook-id. Each
// address counts once: sent outweighs refused, whichever came first. When every recipient has been
// named, a delivery that waits for reports is done. Errors, after which nothing is stored:
// NotFound; [namets.Problems] with the fields "sent/0" or "failed/0/email" for addresses that were
// no recipients; Conflict if its recipients are no longer stored.
func (db *DB) RecordReport(ctx context.Context, by namets.Actor, webhookID string,
	r namets.MailReport) (result namets.ReportResult, err error) {
	if _, err := db.DeliveryByWebhookID(ctx, webhookID); err != nil {
		return result, err // a guess must not take the write lock
	}
	err = db.write(ctx, func(t *tx) error {
		rep := reporter{tx: t, db: db}
		if err := rep.read(ctx, webhookID); err != nil {
			return err
		}
		lines, err := rep.check(r)
		if err != nil {
			return err
		}
		changed, err := rep.store(ctx, lines)
		if err != nil {
			return err
		}
		if result, err = rep.result(ctx); err != nil || changed == 0 {
			return err
		}
		if result.Missing == 0 {
			if err := t.settleReported(ctx, rep.id); err != nil {
				return err
			}
		}
		return t.audit(ctx, by, "report", namets.KindDeliveries, rep.id, struct {
			Sent    int `json:"sent"`
			Refused int `json:"refused"`
		}{result.Sent, result.Refused})
	})
	return result, err
}

// reporter stores a report on one delivery.
type reporter struct {
	*tx
	db         *DB
	id         int64
	webhookID  string
	kind       namets.NotificationKind
	key        keyed
	recipients []string        // nil if they are no longer stored
	known      map[string]bool // the hashes of recipients and of those already reported
}

// read reads the delivery with the webhook-id. Errors: NotFound.
func (r *reporter) read(ctx context.Context, webhookID string) (err error) {
	r.webhookID = webhookID
	var list sql.NullString
	err = r.QueryRowContext(ctx, `
		select d.id, d.kind, b.recipients from deliveries d left join delivery_bodies b on b.delivery_id = d.id
		where d.webhook_id = $1`, webhookID).Scan(&r.id, &r.kind, &list)
	if errors.Is(err, sql.ErrNoRows) {
		return noWebhookID()
	}
	if err == nil && list.Valid {
		err = json.Unmarshal([]byte(list.String), &r.recipients)
	}
	if err != nil {
		return err
	}
	if r.key, err = r.tx.key(ctx); err != nil {
		return err
	}
	if r.known, err = reported(ctx, r.tx, r.id); err != nil {
		return err
	}
	for _, address := range r.recipients {
		r.known[string(r.key.address(address))] = true
	}
	return nil
}

// reported returns the hashes of the addresses that were reported of a delivery.
func reported(ctx context.Context, q selector, delivery int64) (map[string]bool, error) {
	rows, err := q.QueryContext(ctx, `select address_hash from delivery_reports where delivery_id = $1`, delivery)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	hashes := map[string]bool{}
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return nil, err
		}
		hashes[hash] = true
	}
	return hashes, rows.Err()
}

// reportLine is what a report says of one address.
type reportLine struct {
	email   string
	hash    []byte
	outcome namets.MailOutcome
	reason  string
}

// check returns one line for each address of the report. Errors: as those of RecordReport.
func (r *reporter) check(report namets.MailReport) ([]reportLine, error) {
	var lines []reportLine
	var unknown namets.Problems
	at := map[string]bool{}
	add := func(field, email string, outcome namets.MailOutcome, reason string) {
		line := reportLine{email: email, hash: r.key.address(email), outcome: outcome, reason: reason}
		if !r.known[string(line.hash)] && !r.known[string(anonymous(r.webhookID, line.hash))] {
			unknown = append(unknown, &namets.Error{Code: namets.Invalid, Field: field,
				Message: "is no recipient of this delivery"})
		} else if !at[string(line.hash)] {
			at[string(line.hash)] = true
			lines = append(lines, line)
		}
	}
	for i, email := range report.Sent {
		add("sent/"+strconv.Itoa(i), email, namets.MailSent, "")
	}
	for i, f := range report.Failed {
		add("failed/"+strconv.Itoa(i)+"/email", f.Email, namets.MailRefused, namets.ShortReason(f.Reason))
	}
	if len(unknown) == 0 {
		return lines, nil
	}
	if r.recipients == nil {
		return nil, &namets.Error{Code: namets.Conflict, Message: "the recipients of this delivery are no longer " +
			"stored, so that nothing more can be reported of it"}
	}
	return nil, unknown
}

// store stores the lines and returns how many say something new.
func (r *reporter) store(ctx context.Context, lines []reportLine) (changed int, err error) {
	keys := make([]string, len(lines))
	for i, line := range lines {
		keys[i] = namets.EmailKey(line.email)
	}
	people, err := r.somebody(ctx, keys...)
	if err != nil {
		return 0, err
	}
	for i, line := range lines {
		gone := anonymous(r.webhookID, line.hash)
		if !people[keys[i]] || r.known[string(gone)] {
			line.hash, line.reason = gone, ""
		}
		did, err := r.changes(ctx, `
			insert into delivery_reports (delivery_id, address_hash, outcome, reason, at) values ($1, $2, $3, $4, $5)
			on conflict (delivery_id, address_hash) do update
				set outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
				where delivery_reports.outcome = 'refused' and excluded.outcome = 'sent'`,
			r.id, line.hash, string(line.outcome), line.reason, r.now.UnixMicro())
		if err != nil {
			return 0, err
		}
		if !did {
			continue
		}
		changed++
		if line.outcome == namets.MailSent {
			if err := r.deliverable(ctx, line.email); err != nil {
				return 0, err
			}
		}
	}
	return changed, nil
}

// somebody returns those of the keys that belong to a subscriber or a patron.
func (t *tx) somebody(ctx context.Context, keys ...string) (map[string]bool, error) {
	is := map[string]bool{}
	rows, err := t.QueryContext(ctx, `select email from patrons where email <> ''`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return nil, err
		}
		is[namets.EmailKey(email)] = true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, key := range keys {
		if is[key] {
			continue
		}
		var subscribed bool
		err := t.QueryRowContext(ctx, `select exists (select 1 from subscribers `+withMailbox+`)`, key).
			Scan(&subscribed)
		if err != nil {
			return nil, err
		}
		is[key] = subscribed
	}
	return is, nil
}

// anonymous replaces the hash of an address in the reports of a delivery when its owner has left.
// It differs for each delivery, so that the reports about one person cannot be joined any more.
func anonymous(webhookID string, hash []byte) []byte {
	sum := sha256.Sum256(append([]byte(webhookID+"\x00"), hash...))
	return sum[:]
}

// result counts what has been reported.
func (r *reporter) result(ctx context.Context) (result namets.ReportResult, err error) {
	counts, err := mailCountsOf(ctx, r.tx, r.id)
	if err != nil {
		return result, err
	}
	result.Delivery, result.Sent, result.Refused = r.id, counts.Sent, counts.Refused
	missing, err := unreported(ctx, r.tx, r.key, r.id, r.webhookID, r.recipients)
	if err == nil {
		missing, err = remaining(ctx, r.db.reader, r.kind, missing) // nobody else writes meanwhile
	}
	result.Missing = len(missing)
	return result, err
}

// unreported returns those of the addresses of which no workflow has reported yet.
func unreported(ctx context.Context, q selector, key keyed, delivery int64, webhookID string,
	addresses []string) (left []string, err error) {
	known, err := reported(ctx, q, delivery)
	if err != nil || len(known) == 0 {
		return addresses, err
	}
	for _, address := range addresses {
		hash := key.address(address)
		if !known[string(hash)] && !known[string(anonymous(webhookID, hash))] {
			left = append(left, address)
		}
	}
	return left, nil
}

// forgetReports makes the reports about the address lead nowhere, unless it still belongs to a
// subscriber or a patron. Their numbers stay. Call it after the removal of a row with the address.
func (t *tx) forgetReports(ctx context.Context, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	about, err := t.reportsAbout(ctx, key, email)
	if err != nil || len(about) == 0 {
		return err
	}
	still, err := t.somebody(ctx, namets.EmailKey(email))
	if err != nil || still[namets.EmailKey(email)] {
		return err
	}
	for id, webhookID := range about {
		_, err := t.ExecContext(ctx, `
			update delivery_reports set address_hash = $3, reason = '' where delivery_id = $1 and address_hash = $2`,
			id, key.address(email), anonymous(webhookID, key.address(email)))
		if err != nil {
			return err
		}
	}
	return nil
}

// reportsAbout returns the deliveries with a report about the address: id → webhook-id.
func (t *tx) reportsAbout(ctx context.Context, key keyed, email string) (map[int64]string, error) {
	rows, err := t.QueryContext(ctx, `
		select d.id, d.webhook_id from delivery_reports r join deliveries d on d.id = r.delivery_id
		where r.address_hash = $1`, key.address(email))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := map[int64]string{}
	for rows.Next() {
		var id int64
		var webhookID string
		if err := rows.Scan(&id, &webhookID); err != nil {
			return nil, err
		}
		list[id] = webhookID
	}
	return list, rows.Err()
}

// moveReports gives the reports about a person to their new address, after a row has changed it.
// What is left about the old one is forgotten once nobody has it.
func (t *tx) moveReports(ctx context.Context, from, to string) error {
	if namets.EmailKey(from) == namets.EmailKey(to) || from == "" {
		return nil
	}
	if to != "" {
		key, err := t.key(ctx)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `
			update delivery_reports set address_hash = $2 where address_hash = $1 and not exists (select 1
				from delivery_reports other where other.delivery_id = delivery_reports.delivery_id
					and other.address_hash = $2)`, key.address(from), key.address(to))
		if err != nil {
			return err
		}
	}
	return t.forgetReports(ctx, from)
}
