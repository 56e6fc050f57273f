package store

import (
	"context"

	"namets/internal/namets"
)

// queueOnce is queue for a notification that is sent once in the life of its row. A target that was
// to get it before and has not, because the deliveries were skipped, gets those deliveries, under
// their webhook-ids and with the current text. If all of them were skipped, they have the current
// recipients too; otherwise each keeps its own, because the others have got it.
func (t *tx) queueOnce(ctx context.Context, n namets.Notification, about subject, to audience) error {
	if to.count == 0 {
		return nil
	}
	targets, err := t.targetsOf(ctx, n.Kind)
	if err != nil {
		return err
	}
	var fresh []target
	for i := range targets {
		before, err := t.queuedBefore(ctx, n.Kind, about, targets[i].id)
		if err != nil {
			return err
		}
		if len(before) == 0 {
			fresh = append(fresh, targets[i])
			continue
		}
		if err := t.queueAgain(ctx, before, targets[i], post{n: n, about: about}, to); err != nil {
			return err
		}
	}
	_, err = t.queueTo(ctx, fresh, post{n: n, about: about}, to)
	return err
}

// queued is a delivery of a notification that was queued before.
type queued struct {
	id, group int64
	state     namets.DeliveryState
}

// queuedBefore returns the deliveries of the kind about the row to the target, oldest first,
// without those that repeat one.
func (t *tx) queuedBefore(ctx context.Context, kind namets.NotificationKind, about subject,
	hook int64) (list []queued, err error) {
	rows, err := t.QueryContext(ctx, `
		select id, coalesce(group_id, 0), state from deliveries
		where entity = $1 and entity_id = $2 and `+t.dialect.Unindexed("kind")+` = $3 and hook_id = $4
			and resend_of is null order by id`, about.entity, about.id, kind, hook)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var q queued
		if err := rows.Scan(&q.id, &q.group, &q.state); err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return list, rows.Err()
}

// queueAgain makes the skipped ones of the deliveries pending.
func (t *tx) queueAgain(ctx context.Context, before []queued, at target, p post, to audience) error {
	skipped := before[:0:0]
	for _, q := range before {
		if q.state == namets.Skipped {
			skipped = append(skipped, q)
		}
	}
	if len(skipped) < len(before) {
		for _, q := range skipped {
			if err := t.sendAgain(ctx, q.id, &p, nil); err != nil {
				return err
			}
		}
		return t.reorder(ctx)
	}
	p.hook = at.id
	parts := at.parts(to)
	if p.group = before[0].group; len(parts) > 1 && p.group == 0 {
		p.group = before[0].id
	}
	for i := range parts {
		p.part, p.parts, p.to = i+1, len(parts), parts[i]
		if i < len(before) {
			if err := t.sendAgain(ctx, before[i].id, &p, &parts[i]); err != nil {
				return err
			}
		} else if _, err := t.insertDelivery(ctx, &p); err != nil {
			return err
		}
	}
	return t.reorder(ctx)
}

// sendAgain makes a skipped delivery pending with the text of p and, unless nil, with its part and
// the recipients.
func (t *tx) sendAgain(ctx context.Context, id int64, p *post, to *audience) error {
	t.hints = true
	if _, err := t.ExecContext(ctx, setBack+`id = $2`, t.now.UnixMicro(), id); err != nil {
		return err
	}
	if to == nil {
		_, err := t.ExecContext(ctx, `update delivery_bodies set data = $2 where delivery_id = $1`, id,
			string(p.n.Data))
		return err
	}
	_, err := t.ExecContext(ctx, `update deliveries set recipients = $2, part = $3, parts = $4,
		group_id = coalesce(nullif($5, 0), group_id) where id = $1`, id, to.count, p.part, p.parts, p.group)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `
		insert into delivery_bodies (delivery_id, recipients, data) values ($1, $2, $3)
		on conflict (delivery_id) do update set recipients = excluded.recipients, data = excluded.data`,
		id, string(to.json), string(p.n.Data))
	return err
}
