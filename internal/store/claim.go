package store

import (
	"context"
	"database/sql"
	"errors"
	"sort"
	"strings"
	"time"

	"namets/internal/namets"
)

// ofUrgent selects the kinds that [namets.Notifications] calls urgent, and notUrgent the others.
// The conditions are worded exactly as in the indexes of the outbox, and exclude the index of
// kinds.
func ofUrgent(d Dialect) string { return ` and ` + d.Unindexed("kind") + ` in (` + urgentKinds() + `)` }

func notUrgent(d Dialect) string {
	return ` and ` + d.Unindexed("kind") + ` not in (` + urgentKinds() + `)`
}

func urgentKinds() string {
	var list []string
	for _, info := range namets.Notifications() {
		if info.Urgent {
			list = append(list, "'"+string(info.Kind)+"'")
		}
	}
	return strings.Join(list, ", ")
}

// The building blocks of a claim. $1 is now, $2 the end of the lease, $3 the limit, $4 the target,
// and $5 the last time at which it was known to accept webhooks.
const (
	claimDue   = `update deliveries set next_at = $2, leased_until = $2, wake_at = null where id in (`
	claimEarly = `update deliveries set scheduled_at = next_at, next_at = $2, leased_until = $2, wake_at = ` +
		`null where id in (`
	wakes        = `select id from deliveries where hook_id = $4 and wake_at <= $1`
	claimReturns = `) returning id, webhook_id, kind, entity, entity_id, failures, expires_at, scheduled_at, wakes,
		hook_id, part, parts, attempts, offers`
	mayWake = ` and +next_at > $1 and (failed_at <= $5 or failed_at > $1) order by wake_at, id limit $3`
)

func claimSQL(d Dialect) string {
	return claimDue + `select id from deliveries where hook_id = $4 and next_at <= $1` + notUrgent(d) +
		` order by next_at, id limit $3` + claimReturns
}

func claimUrgentSQL(d Dialect) string {
	return claimDue + `select id from deliveries where hook_id = $4 and next_at <= $1` + ofUrgent(d) +
		` order by next_at, id limit $3` + claimReturns
}

func claimNewestSQL(d Dialect) string {
	return claimDue + `select id from deliveries where hook_id = $4 and next_at <= $1 and failures = 0` + ofUrgent(d) +
		` order by next_at desc, id desc limit $3` + claimReturns
}

func wakeSQL(d Dialect) string {
	return claimEarly + wakes + notUrgent(d) + mayWake + claimReturns
}

func wakeUrgentSQL(d Dialect) string {
	return claimEarly + wakes + ofUrgent(d) + mayWake + claimReturns
}

// claimed is a delivery that has been claimed.
type claimed struct {
	namets.Claim
	about       subject
	expires     sql.NullInt64
	part, parts int
	offers      int // accepted without all reports
}

// ClaimDeliveries leases up to limit due deliveries to the target of the configuration to the
// caller: urgent kinds first, and within them and the rest those that have waited longest. Until
// the lease ends nobody else can claim them. Of several deliveries about one row only the oldest
// can be claimed. Each claim must end in [DB.RecordOutcomes] or [DB.ReleaseDeliveries]. Addresses
// that have left since a notification was queued are removed from its body. If nobody is left, or
// the notification has expired, Skip contains the reason.
func (db *DB) ClaimDeliveries(ctx context.Context, limit int, lease time.Duration) ([]namets.Claim, error) {
	claims, _, err := db.RecordAndClaim(ctx, nil, []namets.ClaimLimits{{Urgent: limit, Rest: limit, Most: limit}},
		lease)
	return claims, err
}

// RecordAndClaim is [DB.RecordOutcomes] followed by [DB.ClaimDeliveries] with finer limits for each
// target. It uses one transaction because each commit waits for the disk. recorded reports whether
// the outcomes are written, which is possible even with an error.
func (db *DB) RecordAndClaim(ctx context.Context, outcomes []namets.Outcome, limits []namets.ClaimLimits,
	lease time.Duration) (
	claims []namets.Claim, recorded bool, err error) {
	var won []claimed
	err = db.write(ctx, func(t *tx) (err error) {
		if err := t.recordAll(ctx, outcomes); err != nil {
			return err
		}
		for i := range limits {
			of, err := t.claim(ctx, limits[i], lease)
			if err != nil {
				return err
			}
			won = append(won, of...)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	claims = make([]namets.Claim, len(won))
	for i := range won {
		if err := db.prepare(ctx, &won[i]); err != nil {
			return nil, true, errors.Join(err, db.ReleaseDeliveries(context.WithoutCancel(ctx), idsOf(won)...))
		}
		claims[i] = won[i].Claim
	}
	return claims, true, nil
}

func idsOf(won []claimed) []int64 {
	ids := make([]int64, len(won))
	for i := range won {
		ids[i] = won[i].ID
	}
	return ids
}

// claim returns urgent deliveries first, and within them and the rest the oldest first.
func (t *tx) claim(ctx context.Context, limits namets.ClaimLimits, lease time.Duration) (won []claimed, err error) {
	left := limits.Most
	if left == 0 {
		left = limits.Urgent + limits.Rest
	}
	d := t.dialect
	for _, lane := range []struct {
		sql, wakeSQL, newestSQL string
		limit, wake             int
	}{
		{claimUrgentSQL(d), wakeUrgentSQL(d), claimNewestSQL(d), limits.Urgent, limits.WakeUrgent},
		{claimSQL(d), wakeSQL(d), "", limits.Rest, limits.WakeRest},
	} {
		before := len(won)
		free := func() int { return min(lane.limit-(len(won)-before), left-len(won)) }
		if lane.newestSQL != "" && limits.NewestFirst {
			won, err = t.claimSome(ctx, won, lane.newestSQL, free(), lease, &limits)
		}
		if err == nil {
			won, err = t.claimSome(ctx, won, lane.sql, free(), lease, &limits)
		}
		if err == nil {
			won, err = t.claimSome(ctx, won, lane.wakeSQL, min(lane.wake, free()), lease, &limits)
		}
		if err != nil {
			return nil, err
		}
		part := won[before:] // RETURNING guarantees no order
		sort.Slice(part, func(i, j int) bool { return part[i].ID < part[j].ID })
	}
	return won, nil
}

// claimSome appends to won the deliveries that the statement claims.
func (t *tx) claimSome(ctx context.Context, won []claimed, query string, limit int, lease time.Duration,
	limits *namets.ClaimLimits) ([]claimed, error) {
	if limit <= 0 {
		return won, nil
	}
	rows, err := t.QueryContext(ctx, query, t.now.UnixMicro(), t.now.Add(lease).UnixMicro(), limit,
		limits.Hook, limits.Answered.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c claimed
		var scheduled sql.NullInt64
		err := rows.Scan(&c.ID, &c.WebhookID, &c.Kind, &c.about.entity, &c.about.id, &c.Failures, &c.expires,
			&scheduled, &c.Wakes, &c.Hook, &c.part, &c.parts, &c.Attempt, &c.offers)
		if err != nil {
			return nil, err
		}
		c.Scheduled = timeOf(scheduled)
		c.Attempt++ // of those made before
		won = append(won, c)
	}
	return won, rows.Err()
}

// ReleaseDeliveries ends the leases of deliveries whose attempts had no result. They can be claimed
// again at once.
func (db *DB) ReleaseDeliveries(ctx context.Context, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	return db.write(ctx, func(t *tx) error {
		for _, id := range ids {
			_, err := t.ExecContext(ctx, `
				update deliveries set next_at = $2, leased_until = null where id = $1 and leased_until is not null`,
				id, t.now.UnixMicro())
			if err != nil {
				return err
			}
		}
		t.hints = true
		return nil
	})
}

// ReleaseLeases ends all leases. Only a process that is certain to be the only sender may call it:
// serve at its start, so that deliveries claimed by a killed process are sent at once.
func (db *DB) ReleaseLeases(ctx context.Context) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `update deliveries set next_at = $1, leased_until = null where next_at is not `+
			`null and leased_until is not null`,
			t.now.UnixMicro())
		t.hints = true
		return err
	})
}
