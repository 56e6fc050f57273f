package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

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
	gone, err := r.oldSuppressions(ctx, theirs)
	if err != nil {
		return err
	}
	byHash, err := r.leftByHash(ctx, &gone)
	if err != nil {
		return err
	}
	byAudit, err := r.leftByAudit(ctx)
	if err != nil {
		return err
	}
	left := map[int64]bool{}
	for _, who := range append(byHash, byAudit...) {
		if left[who.ID] {
			continue
		}
		left[who.ID] = true
		if err := r.leave(ctx, &gone, who); err != nil {
			return err
		}
	}
	ended, err := r.carryEnded(ctx, &gone)
	if err != nil {
		return err
	}
	if err := r.carryBounces(ctx); err != nil {
		return err
	}
	return r.carrySuppressed(ctx, bytes.Equal(ours, theirs), len(byHash)+ended)
}

// leave removes a subscriber who has left from the restored database. gone are the suppressions of
// the replaced one.
func (r *restorer) leave(ctx context.Context, gone *suppressions, who namets.RestoredRow) error {
	if _, err := r.exec(ctx, "delete from main.subscribers where id = $1", who.ID); err != nil {
		return err
	}
	if err := r.forgetAbout(ctx, subject{namets.KindSubscribers, who.ID}); err != nil {
		return err
	}
	if err := r.forgetReports(ctx, who.Name); err != nil {
		return err
	}
	r.report.Rows = append(r.report.Rows, who)
	s, is := gone.of(who.Name)
	if !is {
		s = namets.Suppression{Reason: namets.SuppressedLeft, Since: r.now}
	}
	return r.suppress(ctx, who.Name, s)
}

// carryEnded deactivates the subscribers of the backup to whom mailing has ended since, because an
// e-mail came back or was reported as spam, and returns how many they are. gone are the
// suppressions of the replaced database.
func (r *restorer) carryEnded(ctx context.Context, gone *suppressions) (n int, err error) {
	people, err := subscribers().all(ctx, r.tx, "order by id")
	if err != nil {
		return 0, err
	}
	for _, who := range people {
		s, is := gone.of(who.Email)
		if !is || !s.Reason.Final() {
			continue
		}
		if err := r.suppress(ctx, who.Email, s); err != nil {
			return 0, err
		}
		if _, err := r.exec(ctx, `update main.subscribers set is_active = false, revision = revision + 1,
			updated_at = $2 where id = $1 and is_active`, who.ID, r.now.UnixMicro()); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// carryBounces copies the bounces of the subscribers who are in both databases.
func (r *restorer) carryBounces(ctx context.Context) error {
	columns := r.common("bounces")
	if columns == "" || r.report.Compared != namets.LaterState {
		return nil
	}
	const both = ` in (select m.id from main.subscribers m join old.subscribers o on o.id = m.id
		where o.email_key = m.email_key)`
	if _, err := r.exec(ctx, "delete from main.bounces where subscriber_id"+both); err != nil {
		return err
	}
	_, err := r.exec(ctx, "insert into main.bounces ("+columns+") select "+columns+
		" from old.bounces where subscriber_id"+both)
	return err
}

// carrySuppressed copies the hashes of addresses that get no e-mail, if they were made with the
// same key. known is the number of hashes already copied, because the backup contains their
// addresses.
func (r *restorer) carrySuppressed(ctx context.Context, sameKey bool, known int) error {
	if !r.has("suppressed") {
		return nil
	}
	if !sameKey {
		err := r.QueryRowContext(ctx, "select count(*) from old.suppressed").Scan(&r.report.NotCarried)
		r.report.Suppressed, r.report.NotCarried = known, max(0, r.report.NotCarried-known)
		return err
	}
	n, err := r.exec(ctx, `insert into main.suppressed (address_hash, since, reason) select address_hash, since, `+
		r.oldReason()+` from old.suppressed where true on conflict do nothing`)
	if err != nil {
		return err
	}
	r.report.Suppressed = n + known
	_, err = r.exec(ctx, `update main.suppressed as m set since = o.since,
			reason = case m.reason when 'left' then o.reason else m.reason end
		from (select address_hash, since, `+r.oldReason()+` as reason from old.suppressed) o
		where o.address_hash = m.address_hash and (o.since > m.since or o.reason <> 'left')`)
	if err != nil {
		return err
	}
	return r.carryAsked(ctx)
}

// oldReason is the reason of a suppression of the replaced database, as a term. An earlier version
// had no column for it.
func (r *restorer) oldReason() string {
	switch {
	case r.has("suppressed.reason"):
		return "reason"
	case r.has("suppressed.never"):
		return "case when never then 'never' else 'left' end"
	}
	return "'left'"
}

// carryAsked copies the confirmation e-mails of the last day, which count towards its limits.
func (r *restorer) carryAsked(ctx context.Context) error {
	// The second is the table's name up to version 18
	for _, table := range []string{"confirmation_emails", "confirmation_mails"} {
		if !r.has(table + ".address_hash") {
			continue
		}
		byProgram := "false"
		if r.has(table + ".by_program") {
			byProgram = "by_program"
		}
		_, err := r.exec(ctx, `insert into main.confirmation_emails (id, address_hash, sent_at, by_program)
			select id, address_hash, sent_at, `+byProgram+` from old.`+table+` where true on conflict do nothing`)
		if err != nil {
			return err
		}
	}
	return nil
}

// oldSuppressions returns the addresses that get no e-mail according to the replaced database, to
// be looked up with its key; none if it has no key.
func (r *restorer) oldSuppressions(ctx context.Context, key keyed) (s suppressions, err error) {
	if key == nil || !r.has("suppressed") {
		return s, nil
	}
	s = suppressions{key, map[string]namets.Suppression{}}
	rows, err := r.QueryContext(ctx, "select address_hash, since, "+r.oldReason()+" from old.suppressed")
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var hash string
		var of namets.Suppression
		if err := rows.Scan(&hash, instant{&of.Since}, &of.Reason); err != nil {
			return s, err
		}
		s.hashes[hash] = of
	}
	return s, rows.Err()
}

// leftByHash returns the subscribers of the backup whose addresses have left since, according to
// the suppressions of the replaced database. An address that is subscribed there has come back, or
// was added by hand.
func (r *restorer) leftByHash(ctx context.Context, gone *suppressions) (list []namets.RestoredRow, err error) {
	if len(gone.hashes) == 0 {
		return nil, nil
	}
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
		who, joined := namets.RestoredRow{Kind: namets.KindSubscribers, Change: namets.RowLeft}, time.Time{}
		if err := people.Scan(&who.ID, &who.Name, instant{&joined}); err != nil {
			return nil, err
		}
		if s, left := gone.of(who.Name); left && !s.Since.Before(joined) && !there[namets.EmailKey(who.Name)] {
			list = append(list, who)
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
		update main.subscribers as s set revision = s.revision + 1, updated_at = $2,
			notify_announcements = o.notify_announcements, notify_events = o.notify_events,
			notify_prayer_changes = o.notify_prayer_changes
		from old.subscribers o where o.id = s.id and s.id in (select entity_id from old.audit
			where id > $1 and entity = 'subscribers' and action = 'update' and actor_kind = 'visitor')`, r.audited,
		r.now.UnixMicro())
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
