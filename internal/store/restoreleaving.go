package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"

	"namets/internal/namets"
)

// common returns the columns of a table that both databases have, as a list for a statement; empty
// if one database lacks the table.
func (r *restorer) common(table string) string {
	var names []string
	for _, name := range r.Columns[table] {
		if r.has(table + "." + name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// instanceKey returns the instance's key in the database "main" or "old"; nil if there is none yet.
func (r *restorer) instanceKey(ctx context.Context, database string) (keyed, error) {
	if database == "old" && !r.has("instance.key") {
		return nil, nil
	}
	var key []byte
	err := r.QueryRowContext(ctx, "select key from "+database+".instance").Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return key, err
}

// carryLeaving removes the subscribers who have left by themselves, and copies the list of
// addresses that no import may subscribe.
func (r *restorer) carryLeaving(ctx context.Context) error {
	ours, err := r.instanceKey(ctx, "main")
	if err != nil {
		return err
	}
	theirs, err := r.instanceKey(ctx, "old")
	if err != nil {
		return err
	}
	if ours == nil && theirs != nil {
		if _, err := r.exec(ctx, "insert into main.instance (id, key) values (1, $1)", []byte(theirs)); err != nil {
			return err
		}
		ours = theirs
	}
	byHash, err := r.leftByHash(ctx, theirs)
	if err != nil {
		return err
	}
	byAudit, err := r.leftByAudit(ctx)
	if err != nil {
		return err
	}
	gone := map[int64]bool{}
	for _, who := range append(byHash, byAudit...) {
		if gone[who.ID] {
			continue
		}
		gone[who.ID] = true
		if err := r.leave(ctx, who); err != nil {
			return err
		}
	}
	return r.carrySuppressed(ctx, bytes.Equal(ours, theirs), len(byHash))
}

// leave removes a subscriber who has left from the restored database.
func (r *restorer) leave(ctx context.Context, who namets.RestoredRow) error {
	if _, err := r.exec(ctx, "delete from main.subscribers where id = $1", who.ID); err != nil {
		return err
	}
	if err := r.forgetAbout(ctx, subject{namets.KindSubscribers, who.ID}); err != nil {
		return err
	}
	r.report.Rows = append(r.report.Rows, who)
	return r.suppress(ctx, who.Name)
}

// carrySuppressed copies the hashes of addresses that have left, if they were made with the same
// key. known is the number of hashes already copied, because the backup contains their addresses.
func (r *restorer) carrySuppressed(ctx context.Context, sameKey bool, known int) error {
	columns := r.common("suppressed")
	if columns == "" {
		return nil
	}
	if sameKey {
		n, err := r.exec(ctx, "insert into main.suppressed ("+columns+") select "+columns+
			" from old.suppressed where true on conflict do nothing")
		r.report.Suppressed = n + known
		if err == nil && r.has("suppressed.never") { // addresses that must never be written to again
			_, err = r.exec(ctx, `update main.suppressed set never = true where not never
				and address_hash in (select address_hash from old.suppressed where never)`)
		}
		// The second is the table's name up to version 18
		for _, table := range []string{"confirmation_emails", "confirmation_mails"} {
			if err == nil && r.has(table+".address_hash") { // the confirmations of the last day
				_, err = r.exec(ctx, `insert into main.confirmation_emails (id, address_hash, sent_at)
					select id, address_hash, sent_at from old.`+table+` where true on conflict do nothing`)
			}
		}
		return err
	}
	err := r.QueryRowContext(ctx, "select count(*) from old.suppressed").Scan(&r.report.NotCarried)
	r.report.Suppressed, r.report.NotCarried = known, max(0, r.report.NotCarried-known)
	return err
}

// leftByHash returns the subscribers of the backup whose addresses have left since, found with the
// key of the replaced database. An address that is subscribed there has come back, or was added by
// hand.
func (r *restorer) leftByHash(ctx context.Context, key keyed) ([]namets.RestoredRow, error) {
	if key == nil || !r.has("suppressed") {
		return nil, nil
	}
	since := map[string]int64{}
	hashes, err := r.QueryContext(ctx, "select address_hash, since from old.suppressed")
	if err != nil {
		return nil, err
	}
	defer hashes.Close()
	for hashes.Next() {
		var hash string
		var at int64
		if err := hashes.Scan(&hash, &at); err != nil {
			return nil, err
		}
		since[hash] = at
	}
	if err := hashes.Err(); err != nil || len(since) == 0 {
		return nil, err
	}
	var list []namets.RestoredRow
	there, err := r.oldMailboxes(ctx)
	if err != nil {
		return nil, err
	}
	people, err := r.QueryContext(ctx, `select id, email, subscribed_at from main.subscribers order by id`)
	if err != nil {
		return nil, err
	}
	defer people.Close()
	for people.Next() {
		who, joined := namets.RestoredRow{Kind: namets.KindSubscribers, Change: namets.RowLeft}, int64(0)
		if err := people.Scan(&who.ID, &who.Name, &joined); err != nil {
			return nil, err
		}
		if there[namets.EmailKey(who.Name)] {
			continue
		}
		for _, hash := range key.addresses(who.Name) {
			if at, left := since[string(hash)]; left && at >= joined {
				list = append(list, who)
				break
			}
		}
	}
	return list, people.Err()
}

// oldMailboxes returns the keys of the mailboxes that are subscribed in the replaced database,
// which may be of any version.
func (r *restorer) oldMailboxes(ctx context.Context) (map[string]bool, error) {
	rows, err := r.QueryContext(ctx, "select email from old.subscribers")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	keys := map[string]bool{}
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return nil, err
		}
		keys[namets.EmailKey(email)] = true
	}
	return keys, rows.Err()
}

// leftByAudit returns the subscribers of the backup who have left since under a different address.
func (r *restorer) leftByAudit(ctx context.Context) ([]namets.RestoredRow, error) {
	if r.report.Compared != namets.LaterState {
		return nil, nil
	}
	return r.rows(ctx, namets.KindSubscribers, namets.RowLeft, `select id, email, '' from main.subscribers
		where id not in (select id from old.subscribers) and email_key not in (select email_key from old.subscribers)
			and id in (select entity_id from old.audit
			where id > $1 and entity = 'subscribers' and action = 'delete' and actor_kind = 'visitor') order by id`,
		r.audited)
}

// rows returns the rows of a query for id, name and detail.
func (r *restorer) rows(ctx context.Context, kind namets.Kind, change namets.RowChange, query string,
	args ...any) (list []namets.RestoredRow, err error) {
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row := namets.RestoredRow{Kind: kind, Change: change}
		if err := rows.Scan(&row.ID, &row.Name, &row.Detail); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// carrySecrets copies the marks of what works only once and was used: password resets, and the
// first confirmation.
func (r *restorer) carrySecrets(ctx context.Context) error {
	if columns := r.common("password_resets"); columns != "" {
		_, err := r.exec(ctx, "insert into main.password_resets ("+columns+") select "+columns+
			" from old.password_resets where true on conflict do nothing")
		if err != nil {
			return err
		}
	}
	if !r.has("instance.confirmed_at") {
		return nil
	}
	_, err := r.exec(ctx, "update main.instance set confirmed_at = coalesce(confirmed_at, (select confirmed_at "+
		"from old.instance))")
	return err
}

// carryPreferences copies the preferences that subscribers have chosen after the backup, the
// personal links that currently work, and which subscribers were announced to n8n as joined.
func (r *restorer) carryPreferences(ctx context.Context) error {
	_, err := r.exec(ctx, `
		update main.subscribers as s set revision = s.revision + 1, notify_announcements = o.notify_announcements,
			notify_events = o.notify_events, notify_prayer_changes = o.notify_prayer_changes
		from old.subscribers o where o.id = s.id and s.id in (select entity_id from old.audit
			where id > $1 and entity = 'subscribers' and action = 'update' and actor_kind = 'visitor')`, r.audited)
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `update main.subscribers as s set token = o.token from old.subscribers o
		where o.email_key = s.email_key and o.token <> s.token
			and not exists (select 1 from main.subscribers other where other.token = o.token)`)
	if err == nil && r.has("subscribers.joined_at") {
		_, err = r.exec(ctx, `update main.subscribers as s set joined_at = o.joined_at from old.subscribers o
			where o.id = s.id and s.joined_at is null and o.joined_at is not null`)
	}
	return err
}
