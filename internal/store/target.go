package store

import (
	"context"
	"slices"

	"namets/internal/namets"
)

// target is where webhooks go: what the configuration names, or a hook.
type target struct {
	id, tokenID int64
	namets.HookSpec
	// split means that it gets the form of the open API, with recipients in parts; blind that it
	// gets no recipients, because its token must not read people.
	split, blind bool
}

// parts divides the recipients among as many deliveries as the target needs, at least one.
func (to *target) parts(all audience) []audience {
	switch {
	case to.blind:
		return []audience{newAudience(nil)}
	case !to.split || all.count <= namets.MaxPart:
		return []audience{all}
	}
	var parts []audience
	for part := range slices.Chunk(all.addresses, namets.MaxPart) {
		parts = append(parts, newAudience(part))
	}
	return parts
}

// legacyTarget returns the target that the configuration names.
func legacyTarget(spec *namets.HookSpec) target {
	if spec == nil {
		return target{HookSpec: namets.HookSpec{Events: []namets.EventType{namets.AnyEvent}}}
	}
	return target{HookSpec: *spec, split: true}
}

// targetsOf returns the targets that get notifications of the kind, that of the configuration
// first. Paused hooks belong to them: their deliveries wait. What is for hooks only has recipients
// for those that name the type: "*" must not make a workflow e-mail people of what nobody decided
// to send.
func (t *tx) targetsOf(ctx context.Context, kind namets.NotificationKind) (list []target, err error) {
	if t.targets == nil {
		if t.targets, err = hookTargets(ctx, t, "where deleted_at is null order by id"); err != nil {
			return nil, err
		}
		t.targets = append([]target{legacyTarget(t.legacy)}, t.targets...)
	}
	info := kind.Info()
	for i := range t.targets {
		to := &t.targets[i]
		switch {
		case info.HooksOnly && !to.split:
		case info.OfPeople() && to.blind:
		case to.Wants(info.Type):
			one := *to
			one.blind = to.blind || info.HooksOnly && !to.Names(info.Type)
			list = append(list, one)
		}
	}
	return list, nil
}

// targetOf returns the target with the id. One that no longer exists gets no recipients.
func (db *DB) targetOf(ctx context.Context, id int64) (target, error) {
	if id == namets.LegacyHook {
		return legacyTarget(db.legacy), nil
	}
	list, err := hookTargets(ctx, db.reader, "where id = $1", id)
	if err != nil || len(list) == 0 {
		return target{id: id, split: true, blind: true}, db.wrap(err)
	}
	return list[0], nil
}

// hookTargets returns the chosen hooks as targets.
func hookTargets(ctx context.Context, q querier, where string, args ...any) (list []target, err error) {
	rows, err := q.QueryContext(ctx, `
		select id, token_id, events, ack, report_within, before, not `+readsPeople(q.in())+`
		from hooks `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		to := target{split: true}
		err := rows.Scan(&to.id, &to.tokenID, eventTypes{&to.Events}, &to.Ack, period{&to.ReportWithin},
			period{&to.Before}, flag{&to.blind})
		if err != nil {
			return nil, err
		}
		list = append(list, to)
	}
	return list, rows.Err()
}

// readsPeople is the condition that the token of a hook may read people; the shared one always may.
func readsPeople(d Dialect) string {
	return `(token_id = 0 or exists (select 1 from api_tokens a where a.id = hooks.token_id and ` +
		d.Contains("' ' || a.scopes || ' '", `' `+string(namets.ScopePeopleRead)+` '`) + `))`
}
