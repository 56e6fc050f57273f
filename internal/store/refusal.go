package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"namets/internal/namets"
)

// maxRefusalRows is the maximum number of audit rows per kind of refusal and hour. Further refusals
// are counted in one more row, without user and network.
const maxRefusalRows = 40

// foldHour is the format of the hour at the start of a fold, so that text order is time order.
const foldHour = "2006-01-02T15"

// RecordRefusals writes refusals to the audit: one row per hour for refusals with the same kind,
// user, network and route, with their count.
func (db *DB) RecordRefusals(ctx context.Context, list []namets.Refusal) error {
	return db.write(ctx, func(t *tx) error {
		for _, r := range list {
			if err := t.recordRefusal(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) recordRefusal(ctx context.Context, r namets.Refusal) error {
	prefix := t.now.UTC().Format(foldHour) + " " + string(r.Kind) + " "
	fold := prefix + strconv.FormatInt(r.UserID, 10) + " " + r.Network + " " + r.Route
	known, err := t.countRefusal(ctx, fold, r)
	if err != nil || known {
		return err
	}
	var rows int
	err = t.QueryRowContext(ctx, "select count(*) from audit where fold > $1 and fold < $2", prefix,
		after(prefix)).Scan(&rows)
	if err != nil {
		return err
	}
	if rows >= maxRefusalRows {
		fold = prefix + "*"
		r.UserID, r.User, r.Network, r.Address, r.Route = 0, "", "", "", ""
		if known, err = t.countRefusal(ctx, fold, r); err != nil || known {
			return err
		}
	}
	return t.addRefusal(ctx, fold, r)
}

// countRefusal adds r to the row of the fold, and reports whether that exists.
func (t *tx) countRefusal(ctx context.Context, fold string, r namets.Refusal) (bool, error) {
	return t.changes(ctx, `
		update audit set times = times + $2, last_at = case when last_at > $3 then last_at else $3 end,
			address = case when address = $4 then address else $5 end
		where fold = $1`, fold, r.Count, r.Last.UnixMicro(), r.Address, r.Network)
}

func (t *tx) addRefusal(ctx context.Context, fold string, r namets.Refusal) error {
	name := r.User
	if name == "" && r.Kind != namets.CrossSiteRefused && r.Kind != namets.LinkRefused && r.Network != "" {
		name = namets.UnknownName
	}
	by := namets.Visitor
	if r.UserID != 0 && (r.Kind == namets.PasswordRefused || r.Kind == namets.RoleRefused) { // the user is signed in
		by = namets.SignedIn
	}
	detail, err := json.Marshal(struct {
		Reason string `json:"reason,omitempty"`
	}{r.Route})
	if err != nil {
		return err
	}
	// at is the transaction's time, because the times of rows must rise with their ids.
	_, err = t.ExecContext(ctx, `
		insert into audit (at, actor_kind, actor_name, address, action, entity, entity_id, detail, fold, times,
			last_at)
		values ($1, $2, $3, $4, $5, 'users', nullif(cast($6 as bigint), 0), $7, $8, $9, $10)`,
		t.now.UnixMicro(), string(by), name, r.Address, string(r.Kind), r.UserID, string(detail), fold, r.Count,
		max(r.Last.UnixMicro(), t.now.UnixMicro()))
	return err
}

// after returns the first text after all that begin with prefix. The last character of prefix must
// be ASCII.
func after(prefix string) string { return prefix[:len(prefix)-1] + string(prefix[len(prefix)-1]+1) }

const refusedSignInsSQL = `
	select coalesce(sum(times), 0) from audit
	where fold >= $1 and last_at >= $2 and action in ($3, $4, $5, $6)`

// RefusedSignIns returns the number of sign-ins that failed or were refused since the given time,
// with the precision of an hour.
func (db *DB) RefusedSignIns(ctx context.Context, since time.Time) (n int, err error) {
	args := []any{since.UTC().Format(foldHour), since.UnixMicro(),
		string(namets.SignInFailed), string(namets.SignInThrottled), string(namets.SignInBusy),
		string(namets.PasswordRefused)}
	err = db.reader.QueryRowContext(ctx, refusedSignInsSQL, args...).Scan(&n)
	return n, db.wrap(err)
}
