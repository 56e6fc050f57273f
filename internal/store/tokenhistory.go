package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"namets/internal/namets"
)

// SaveTokenHistory replaces the token history. It writes
// no audit row and moves no generation of this process.
func (db *DB) SaveTokenHistory(ctx context.Context, b namets.TokenHistory) error {
	err := db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `
			insert into token_status (id, saved_at, status) values (1, $1, $2)
			on conflict (id) do update set saved_at = excluded.saved_at, status = excluded.status`,
			t.now.UnixMicro(), string(b.Status))
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `delete from token_generations`); err != nil {
			return err
		}
		for i, g := range b.Generations {
			if err := t.insertGeneration(ctx, i, g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save the token history: %w", err)
	}
	return nil
}

func (t *tx) insertGeneration(ctx context.Context, position int, g namets.TokenGeneration) error {
	_, err := t.ExecContext(ctx, `
		insert into token_generations (position, role, fingerprint, digest, version, since, accepted_until,
			requests, last_used, last_address, last_user_agent, refused_since)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		position, g.Role, g.Fingerprint, nullBytes(g.Digest), g.Version, nullTime(g.Since), nullTime(g.AcceptedUntil),
		g.Requests, nullTime(g.LastUsed), g.LastAddress, g.LastUserAgent, g.RefusedSince)
	return err
}

func nullBytes(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// TokenHistory returns what the last [DB.SaveTokenHistory] got, and the zero history when there was
// none.
func (db *DB) TokenHistory(ctx context.Context) (b namets.TokenHistory, err error) {
	err = db.read(ctx, func(t readTx) error { // status and generations of one save
		var status string
		var saved sql.NullInt64
		err := t.QueryRowContext(ctx, `select saved_at, status from token_status`).Scan(&saved, &status)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		b.Saved, b.Status = timeOf(saved), []byte(status)
		b.Generations, err = readGenerations(ctx, t)
		return err
	})
	if err != nil {
		return namets.TokenHistory{}, fmt.Errorf("read the token history: %w", err)
	}
	return b, nil
}

func readGenerations(ctx context.Context, tx querier) ([]namets.TokenGeneration, error) {
	rows, err := tx.QueryContext(ctx, `
		select role, fingerprint, digest, version, since, accepted_until, requests, last_used, last_address,
			last_user_agent, refused_since
		from token_generations order by position`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []namets.TokenGeneration
	for rows.Next() {
		var g namets.TokenGeneration
		var since, until, used sql.NullInt64
		err := rows.Scan(&g.Role, &g.Fingerprint, &g.Digest, &g.Version, &since, &until,
			&g.Requests, &used, &g.LastAddress, &g.LastUserAgent, &g.RefusedSince)
		if err != nil {
			return nil, err
		}
		g.Since, g.AcceptedUntil, g.LastUsed = timeOf(since), timeOf(until), timeOf(used)
		all = append(all, g)
	}
	return all, rows.Err()
}

// RecordTokenChange writes the audit row of a change of the token.
func (db *DB) RecordTokenChange(ctx context.Context, by namets.Actor, c namets.TokenChange) error {
	return db.write(ctx, func(t *tx) error { return t.audit(ctx, by, c.Kind, namets.KindToken, 0, c) })
}

// RevokeBefore notes that the token before the one with this fingerprint is not to be accepted any
// longer, whatever the overlap. It replaces an earlier note.
func (db *DB) RevokeBefore(ctx context.Context, by namets.Actor, fingerprint string) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `
			insert into token_revocation (id, fingerprint, at) values (1, $1, $2)
			on conflict (id) do update set fingerprint = excluded.fingerprint, at = excluded.at`,
			fingerprint, t.now.UnixMicro())
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "revoke_previous", namets.KindToken, 0, struct {
			Fingerprint string `json:"fingerprint"`
		}{fingerprint})
	})
}

// RevokedBefore returns the fingerprint that the last [DB.RevokeBefore] noted, and an empty string
// when there is none.
func (db *DB) RevokedBefore(ctx context.Context) (fingerprint string, err error) {
	err = db.reader.QueryRowContext(ctx, `select fingerprint from token_revocation`).Scan(&fingerprint)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return fingerprint, db.wrap(err)
}
