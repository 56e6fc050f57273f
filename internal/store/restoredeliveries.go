package store

import (
	"context"
	"database/sql"
	"strings"

	"namets/internal/namets"
)

const (
	withdrawn = "a restore has removed its subject"
	linkEnded = "its link ended with a restore"
)

// deliveryProgress returns the columns about the progress of a delivery that both databases have.
func (r *restorer) deliveryProgress() (columns []string) {
	for _, name := range strings.Split(r.common("deliveries"), ", ") {
		switch name {
		case "", "id", "webhook_id", "kind", "entity", "entity_id", "created_at", "resend_of":
		default:
			columns = append(columns, name)
		}
	}
	return columns
}

// carryDeliveries updates the deliveries in the backup to their current progress, so that what was
// delivered after it is not sent again.
func (r *restorer) carryDeliveries(ctx context.Context) (err error) {
	if !r.has("deliveries.webhook_id") {
		return nil
	}
	progress := r.deliveryProgress()
	names := strings.Join(progress, ", ")
	theirs := "o." + strings.Join(progress, ", o.")
	r.report.Deliveries, err = r.exec(ctx, `
		update main.deliveries as d set (`+names+`) = (`+theirs+`) from old.deliveries o
			where o.webhook_id = d.webhook_id
			and (o.state <> d.state or o.attempts <> d.attempts or o.failures <> d.failures
				or o.next_at is distinct from d.next_at)`)
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `delete from main.delivery_bodies where delivery_id in (
		select d.id from main.deliveries d join old.deliveries o on o.webhook_id = d.webhook_id
		where not exists (select 1 from old.delivery_bodies b where b.delivery_id = o.id))`)
	if err != nil || r.report.Compared != namets.LaterState {
		return err
	}
	return r.carryAttempts(ctx)
}

// carryAttempts carries over the attempts of the deliveries that both databases have.
func (r *restorer) carryAttempts(ctx context.Context) error {
	_, err := r.exec(ctx, `
		insert into main.attempts (id, delivery_id, at, duration, status, error, answer)
		select a.id, d.id, a.at, a.duration, a.status, a.error, a.answer
		from old.attempts a join old.deliveries o on o.id = a.delivery_id join main.deliveries d
			on d.webhook_id = o.webhook_id
		where a.id not in (select id from main.attempts)
		on conflict do nothing`)
	return err
}

// stillDue selects the deliveries of the replaced database, as o, whose notifications are still
// true after the restore.
func stillDue() string {
	var b strings.Builder
	b.WriteString("case o.kind")
	for _, info := range namets.Notifications() {
		b.WriteString(" when '" + string(info.Kind) + "' then " + stillTrue(&info))
	}
	return b.String() + " else false end"
}

// stillTrue is the condition that a notification of the kind is still true after the restore.
func stillTrue(info *namets.NotificationInfo) string {
	switch {
	case info.Audience == namets.Nobody || info.Audience == namets.Requester:
		return "false" // pings, and links that have ended
	case info.Subject == "":
		return "true"
	}
	rows := "main." + string(info.Subject) + " m"
	conditions := " where m.id = o.entity_id"
	active := info.Audience == namets.ActiveSubscribers || info.Audience == namets.FormerSubscriber
	if active && info.Subject == namets.KindSubscribers {
		conditions += " and m.is_active"
	}
	if len(info.Changes) > 0 {
		rows += " join old." + string(info.Subject) + " p on p.id = m.id"
		values := func(alias string) string { return "(" + alias + strings.Join(info.Changes, ", "+alias) + ")" }
		conditions += " and " + values("m.") + " = " + values("p.")
	}
	exists := "exists (select 1 from " + rows + conditions + ")"
	if info.Audience == namets.FormerSubscriber {
		return "not " + exists
	}
	return exists
}

// carryNewDeliveries copies the deliveries from after the backup, under their webhook-ids: the
// record of what was sent, and what is still due. Deliveries about something that no longer exists
// are skipped.
func (r *restorer) carryNewDeliveries(ctx context.Context) error {
	if !r.has("deliveries.webhook_id") {
		return nil
	}
	var before sql.NullInt64 // the last id before the insert below
	if err := r.QueryRowContext(ctx, "select max(id) from main.deliveries").Scan(&before); err != nil {
		return err
	}
	columns := r.common("deliveries")
	n, err := r.exec(ctx, `insert into main.deliveries (`+columns+`) select `+columns+` from old.deliveries o
		where webhook_id not in (select webhook_id from main.deliveries) and id not in (select id
			from main.deliveries)`)
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `
		update main.deliveries as o set state = 'skipped', next_at = null, leased_until = null, finished_at = $1,
			last_error = '`+withdrawn+`'
		where id > $2 and state in ('pending', 'held')
			and webhook_id in (select webhook_id from old.deliveries) and not `+stillDue(),
		r.now.UnixMicro(), before.Int64)
	if err != nil {
		return err
	}
	r.report.Deliveries += n
	_, err = r.exec(ctx, `
		insert into main.delivery_bodies (delivery_id, recipients, data)
		select d.id, b.recipients, b.data from old.delivery_bodies b join old.deliveries o on o.id = b.delivery_id
			join main.deliveries d on d.webhook_id = o.webhook_id
		where d.id not in (select delivery_id from main.delivery_bodies) and d.id > $1 and d.state <> 'skipped'
			and (d.state in ('pending', 'held') or d.entity <> 'subscribers' or d.entity_id in (select id
				from main.subscribers))
		on conflict do nothing`, before.Int64)
	if err != nil {
		return err
	}
	return r.carryAttempts(ctx)
}

// carryAnnounced copies what was announced after the backup. Rows that the replaced database has
// deleted may have been announced before, which their deliveries show.
func (r *restorer) carryAnnounced(ctx context.Context) error {
	for _, info := range namets.Notifications() {
		table := string(info.Subject)
		if !info.Once || !r.has(table+".announced_at") {
			continue
		}
		n, err := r.exec(ctx, `update main.`+table+` as m set announced_at = o.announced_at from old.`+table+` o
			where o.id = m.id and m.announced_at is null and o.announced_at is not null`)
		if err != nil {
			return err
		}
		more, err := r.exec(ctx, `update main.`+table+` as m set announced_at = d.created_at from main.deliveries d
			where d.entity = $1 and d.entity_id = m.id and d.kind = $2 and d.state <> 'skipped'
				and m.announced_at is null`, table, info.Kind)
		if err != nil {
			return err
		}
		r.report.Announced += n + more
	}
	return nil
}

// hold holds the deliveries that were queued or due and may have been sent after the backup, unless
// the replaced database shows that they were not.
func (r *restorer) hold(ctx context.Context) error {
	unknown := ""
	if r.report.Compared == namets.LaterState || r.report.Compared == namets.OtherBranch {
		unknown = " and webhook_id not in (select webhook_id from old.deliveries)"
		if !r.has("deliveries.webhook_id") {
			unknown = " and false" // that version sent nothing
		}
	}
	if _, err := r.exec(ctx, holdSQL+unknown); err != nil {
		return err
	}
	if r.report.Compared == namets.LaterState {
		if err := r.holdWithdrawn(ctx); err != nil {
			return err
		}
	}
	due, err := announcements().all(ctx, r.tx, `where announced_at is null and send_email and is_active
		and publish_at <= $1 and (expire_at is null or expire_at > $1) order by publish_at, id`, r.now.UnixMicro())
	if err != nil {
		return err
	}
	for i := range due {
		if err := r.holdDue(ctx, subject{namets.KindAnnouncements, due[i].ID}, due[i].PublishAt.UnixMicro(),
			func() error { return r.announce(ctx, &due[i], false) }); err != nil {
			return err
		}
	}
	happening, err := events().all(ctx, r.tx, `where announced_at is null and send_email and is_active and `+
		`cancelled_at is null and end_datetime > $1 order by id`, r.now.UnixMicro())
	if err != nil {
		return err
	}
	for i := range happening {
		if err := r.holdDue(ctx, subject{namets.KindEvents, happening[i].ID}, r.lastChange(),
			func() error { return r.announceEvent(ctx, &happening[i], false) }); err != nil {
			return err
		}
	}
	if r.report.Compared != namets.LaterState {
		return r.holdUpcoming(ctx)
	}
	return nil
}

// holdWithdrawn holds pending announcements of something that was deleted or withdrawn after the
// backup. It exists again, and a person must decide whether to announce it.
func (r *restorer) holdWithdrawn(ctx context.Context) error {
	for _, info := range namets.Notifications() {
		if !info.Once {
			continue
		}
		_, err := r.exec(ctx, holdSQL+` and kind = $1 and entity_id not in (select id from old.`+string(info.Subject)+
			` where is_active and send_email)`, info.Kind)
		if err != nil {
			return err
		}
	}
	return nil
}

// lastChange is the time of the backup's last change. What was sent after it is unknown.
func (r *restorer) lastChange() int64 {
	if r.report.Newest.IsZero() {
		return r.now.UnixMicro()
	}
	return r.report.Newest.UnixMicro()
}

const holdSQL = `update main.deliveries set state = 'held', next_at = null, leased_until = null, wake_at = null,
			scheduled_at = null,
	due_at = coalesce(due_at, created_at) where state = 'pending'`

// holdDue queues what is due and holds it, unless the replaced database shows that it was not sent.
func (r *restorer) holdDue(ctx context.Context, about subject, at int64, queue func() error) error {
	if r.report.Compared == namets.LaterState && r.has(string(about.entity)+".announced_at") {
		var waits bool
		err := r.QueryRowContext(ctx, `select exists (select 1 from old.`+string(about.entity)+`
			where id = $1 and announced_at is null and send_email and is_active)`, about.id).Scan(&waits)
		if err != nil || waits {
			return err
		}
	}
	if err := queue(); err != nil {
		return err
	}
	_, err := r.exec(ctx, holdSQL+" and entity = $1 and entity_id = $2", about.entity, about.id)
	if err == nil {
		_, err = r.exec(ctx, "update main.deliveries set due_at = $3 where state = 'held' and entity = $1 and "+
			"entity_id = $2", about.entity, about.id, at)
	}
	return err
}

// skipEnded skips pings, and e-mails with a link that has ended.
func (r *restorer) skipEnded(ctx context.Context) error {
	for _, info := range namets.Notifications() {
		if info.Audience != namets.Nobody && info.Audience != namets.Requester {
			continue
		}
		reason := withdrawn
		if info.Personal {
			reason = linkEnded
		}
		const ended = `state in ('pending', 'held') and kind = $1`
		if _, err := r.exec(ctx, `delete from main.delivery_bodies where delivery_id in (select id from `+
			`main.deliveries where `+ended+`)`, info.Kind); err != nil {
			return err
		}
		if _, err := r.exec(ctx, `update main.deliveries set state = 'skipped', next_at = null, leased_until = null,
			finished_at = $2, last_error = $3 where `+ended, info.Kind, r.now.UnixMicro(), reason); err != nil {
			return err
		}
	}
	return nil
}

// skipUnaddressed skips what waits for hooks that no longer exist.
func (r *restorer) skipUnaddressed(ctx context.Context) error {
	_, err := r.exec(ctx, `update main.deliveries set state = 'skipped', next_at = null, leased_until = null,
			wake_at = null, finished_at = $1, last_error = $2
		where state in ('pending', 'held') and hook_id <> 0 and hook_id not in (select id from main.hooks)`,
		r.now.UnixMicro(), hookGone)
	return err
}

// holdUpcoming queues what has to be said about events that come up, and holds it, because it may
// have been sent after the backup.
func (r *restorer) holdUpcoming(ctx context.Context) error {
	for n := dueBatch; n == dueBatch; {
		var err error
		if n, err = r.queueUpcoming(ctx); err != nil {
			return err
		}
	}
	_, err := r.exec(ctx, holdSQL+" and kind = $1", namets.EventUpcoming)
	return err
}

// settleDeliveries skips e-mails with a link that has ended, leaves only the oldest delivery about
// each row due, and counts what is held.
func (r *restorer) settleDeliveries(ctx context.Context) error {
	if err := r.skipEnded(ctx); err != nil {
		return err
	}
	if err := r.skipUnaddressed(ctx); err != nil {
		return err
	}
	_, err := r.exec(ctx, `update main.deliveries set leased_until = null, scheduled_at = null,
			next_at = case when leased_until is null then coalesce(next_at, $1) else $1 end
		where state = 'pending'`, r.now.UnixMicro())
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `update main.deliveries set wake_at = null, scheduled_at = null where state <> 'pending' `+
		`and (wake_at is not null or scheduled_at is not null)`)
	if err != nil {
		return err
	}
	if err := r.reorder(ctx); err != nil {
		return err
	}
	r.report.Held, err = countHeld(ctx, r.tx, r.now.AddDate(1000, 0, 0))
	return err
}
