package store

import (
	"context"

	"namets/internal/namets"
)

// comingUp selects the events, as e, of which a target, as h, has yet to get event_upcoming. $1 is
// now. An event that was stored, moved or changed later than that, and a hook that was registered
// later, have missed the time.
func comingUp(d Dialect) string {
	return `e.is_active and e.cancelled_at is null and e.start_datetime > $1
		and e.start_datetime - h.before >= e.updated_at and e.start_datetime - h.before >= h.since
		and not exists (select 1 from deliveries d where d.entity = 'events' and d.entity_id = e.id
			and d.hook_id = h.id and ` + d.Unindexed("d.kind") + ` = 'event_upcoming'
			and d.expires_at = e.start_datetime)`
}

func upcomingSQL(d Dialect) string {
	return `
	select h.id, e.id from ` + awakeTargets(d, "$2") + ` h cross join events e
	where h.before is not null and e.start_datetime <= $1 + h.before and ` + comingUp(d) + `
	limit $3`
}

// queueUpcoming queues event_upcoming, for the targets that want it, for events whose start is
// near, and returns the number of notifications. Their recipients are those of the event's
// announcement.
func (t *tx) queueUpcoming(ctx context.Context) (n int, err error) {
	rows, err := t.QueryContext(ctx, upcomingSQL(t.dialect), t.now.UnixMicro(), t.legacyBefore(), dueBatch)
	if err != nil {
		return 0, err
	}
	type pair struct{ hook, event int64 }
	var pairs []pair
	defer rows.Close()
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.hook, &p.event); err != nil {
			return 0, err
		}
		pairs = append(pairs, p)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for _, p := range pairs {
		e, _, err := events().row(ctx, t, p.event)
		if err != nil {
			return 0, err
		}
		targets, err := t.targetsOf(ctx, namets.EventUpcoming)
		if err != nil {
			return 0, err
		}
		for i := range targets {
			if targets[i].id == p.hook {
				err = t.notifyHooks(ctx, namets.EventUpcoming, &e, targets[i:i+1])
			}
		}
		if err != nil {
			return 0, err
		}
	}
	return len(pairs), nil
}

// notifyAboutEvent queues, for hooks, that an event was moved or cancelled by the change from
// before to after.
func (t *tx) notifyAboutEvent(ctx context.Context, before, after *namets.Event) error {
	if !before.IsActive || !after.IsActive || !after.End.After(t.now) {
		return nil
	}
	kind := namets.EventUpdated
	switch {
	case before.CancelledAt == nil && after.CancelledAt != nil:
		kind = namets.EventCancelled
	case after.CancelledAt != nil || !after.Moved(before):
		return nil
	}
	targets, err := t.targetsOf(ctx, kind)
	if err != nil || len(targets) == 0 {
		return err
	}
	return t.notifyHooks(ctx, kind, after, targets)
}

// notifyHooks queues a notification about an event that is for hooks only. Its recipients are those
// of the event's announcement, if it was announced.
func (t *tx) notifyHooks(ctx context.Context, kind namets.NotificationKind, e *namets.Event, targets []target) error {
	to, err := t.audienceOfEvent(ctx, e.ID, kind)
	if err != nil {
		return err
	}
	p := post{n: namets.NewNotificationAboutEvent(kind, e, t.zone), about: subject{namets.KindEvents, e.ID},
		expires: e.End}
	if kind == namets.EventUpcoming {
		p.expires = e.Start
	}
	_, err = t.queueTo(ctx, targets, p, to)
	return err
}

// audienceOfEvent returns the audience of the kind if the event with the id was announced to it,
// else nobody: an announcement that was never queued, as after an import, or that was not sent to a
// target yet, has reached nobody. Deliveries that are no longer kept do not count.
func (t *tx) audienceOfEvent(ctx context.Context, id int64, kind namets.NotificationKind) (audience, error) {
	var announced bool
	err := t.QueryRowContext(ctx, `
		select send_email and exists (select 1 from deliveries
			where entity = $2 and entity_id = $1 and kind = $3 and attempts > 0)
		from events where id = $1`, id, namets.KindEvents, namets.EventCreated).Scan(flag{&announced})
	if err != nil || !announced {
		return newAudience(nil), err
	}
	return t.audience(ctx, kind)
}
