package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/token"
)

// SaveTokenHistory replaces the token history: the status as JSON, and its generations as rows. It
// writes no audit row and changes no generation of [DB.Generation].
func (db *DB) SaveTokenHistory(ctx context.Context, status token.Status) error {
	generations := status.Generations
	status.Generations = nil
	text, err := json.Marshal(status)
	if err != nil {
		return err
	}
	err = db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `
			insert into token_status (id, saved_at, status) values (1, $1, $2)
			on conflict (id) do update set saved_at = excluded.saved_at, status = excluded.status`,
			t.now.UnixMicro(), string(text))
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `delete from token_generations`); err != nil {
			return err
		}
		for i, g := range generations {
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

func (t *tx) insertGeneration(ctx context.Context, position int, g token.Generation) error {
	_, err := t.ExecContext(ctx, `
		insert into token_generations (position, role, fingerprint, digest, version, since, accepted_until,
			requests, last_used, last_address, last_user_agent, refused_since)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		position, g.Role, g.Fingerprint, nullDigest(g.Digest), g.Version, nullTime(g.Since), nullTime(g.AcceptedUntil),
		g.Requests, nullTime(g.LastUsed), g.LastAddress, g.LastUserAgent, g.RefusedSince)
	return err
}

func nullDigest(d secret.Digest) any {
	if d.IsZero() {
		return nil
	}
	return d[:]
}

// TokenHistory returns the generations that the last [DB.SaveTokenHistory] stored, with the digests
// of those that are accepted.
func (db *DB) TokenHistory(ctx context.Context) (generations []token.Generation, err error) {
	err = db.read(ctx, func(t readTx) error {
		generations, err = readGenerations(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the token history: %w", err)
	}
	return generations, nil
}

// TokenStatus returns the status that the last [DB.SaveTokenHistory] stored, and the zero status if
// there was none.
func (db *DB) TokenStatus(ctx context.Context) (s token.SavedStatus, err error) {
	err = db.read(ctx, func(t readTx) error { // reads status and generations of the same save
		var status string
		var saved sql.NullInt64
		err := t.QueryRowContext(ctx, `select saved_at, status from token_status`).Scan(&saved, &status)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(status), &s.Status); err != nil {
			return err
		}
		s.Saved = timeOf(saved)
		s.Generations, err = readGenerations(ctx, t)
		return err
	})
	if err != nil {
		return token.SavedStatus{}, fmt.Errorf("read the token status: %w", err)
	}
	return s, nil
}

func readGenerations(ctx context.Context, tx querier) ([]token.Generation, error) {
	rows, err := tx.QueryContext(ctx, `
		select role, fingerprint, digest, version, since, accepted_until, requests, last_used, last_address,
			last_user_agent, refused_since
		from token_generations order by position`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []token.Generation
	for rows.Next() {
		var g token.Generation
		var digest []byte
		var since, until, used sql.NullInt64
		err := rows.Scan(&g.Role, &g.Fingerprint, &digest, &g.Version, &since, &until,
			&g.Requests, &used, &g.LastAddress, &g.LastUserAgent, &g.RefusedSince)
		if err != nil {
			return nil, err
		}
		copy(g.Digest[:], digest)
		g.Since, g.AcceptedUntil, g.LastUsed = timeOf(since), timeOf(until), timeOf(used)
		all = append(all, g)
	}
	return all, rows.Err()
}

// RecordTokenChange writes the audit row of a change of the token.
func (db *DB) RecordTokenChange(ctx context.Context, by namets.Actor, c token.Change) error {
	return db.write(ctx, func(t *tx) error { return t.audit(ctx, by, string(c.Kind), namets.KindToken, 0, c) })
}

// RevokeBefore records that the token before the one with this fingerprint must no longer be
// accepted, regardless of the overlap. It replaces an earlier record.
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

// RevokedBefore returns the fingerprint of the last [DB.RevokeBefore], and an empty string if there
// is none.
func (db *DB) RevokedBefore(ctx context.Context) (fingerprint string, err error) {
	err = db.reader.QueryRowContext(ctx, `select fingerprint from token_revocation`).Scan(&fingerprint)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return fingerprint, db.wrap(err)
}
