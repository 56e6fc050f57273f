package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"namets/internal/namets"
)

// CreateSession stores a session that begins now, notes the user's sign-in, and forgets the sessions that have ended.
func (db *DB) CreateSession(ctx context.Context, by namets.Actor, s namets.Session) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "delete from sessions where seen_at <= $1 or created_at <= $2",
			t.now.Add(-namets.SessionIdle).UnixMicro(), t.now.Add(-namets.SessionLife).UnixMicro())
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `
			insert into sessions (hash, user_id, created_at, seen_at, address, user_agent) values ($1, $2, $3, $3, $4, $5)`,
			s.Hash[:], s.UserID, t.now.UnixMicro(), s.Address, s.UserAgent)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, "update users set last_sign_in = $2 where id = $1", s.UserID, t.now.UnixMicro())
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "sign_in", "users", s.UserID, nil)
	})
}

// Session returns the session with the hash, which may have ended, and its user. Errors: NotFound.
func (db *DB) Session(ctx context.Context, hash [32]byte) (s namets.Session, u namets.User, err error) {
	s.Hash = hash
	err = db.reader.QueryRowContext(ctx, `
		select s.user_id, s.created_at, s.seen_at, s.address, s.user_agent, `+userColumns+`
		from sessions s join users u on u.id = s.user_id where s.hash = $1`, hash[:]).
		Scan(append([]any{&s.UserID, instant{&s.CreatedAt}, instant{&s.SeenAt}, &s.Address, &s.UserAgent}, userFields(&u)...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return s, u, &namets.Error{Code: namets.NotFound, Message: "there is no such session"}
	}
	return s, u, wrap(err)
}

// TouchSession notes that a request came at the time.
func (db *DB) TouchSession(ctx context.Context, hash [32]byte, at time.Time) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "update sessions set seen_at = max(seen_at, $2) where hash = $1", hash[:], at.UnixMicro())
		return err
	})
}

// DeleteSession ends a session. It is no error when there is none.
func (db *DB) DeleteSession(ctx context.Context, by namets.Actor, hash [32]byte) error {
	return db.write(ctx, func(t *tx) error {
		var userID int64
		err := t.QueryRowContext(ctx, "delete from sessions where hash = $1 returning user_id", hash[:]).Scan(&userID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "sign_out", "users", userID, nil)
	})
}

// DeleteSessions ends all sessions of the user.
func (db *DB) DeleteSessions(ctx context.Context, by namets.Actor, userID int64) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.endSessions(ctx, userID); err != nil {
			return err
		}
		return t.audit(ctx, by, "sign_out_everywhere", "users", userID, nil)
	})
}

func (t *tx) endSessions(ctx context.Context, userID int64) error {
	_, err := t.ExecContext(ctx, "delete from sessions where user_id = $1", userID)
	return err
}

// Sessions returns the sessions of the user that have not ended, the last one first.
func (db *DB) Sessions(ctx context.Context, userID int64) ([]namets.Session, error) {
	now := db.now()
	rows, err := db.reader.QueryContext(ctx, `
		select hash, user_id, created_at, seen_at, address, user_agent from sessions
		where user_id = $1 and seen_at > $2 and created_at > $3 order by seen_at desc`,
		userID, now.Add(-namets.SessionIdle).UnixMicro(), now.Add(-namets.SessionLife).UnixMicro())
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var list []namets.Session
	for rows.Next() {
		var s namets.Session
		var hash []byte
		if err := rows.Scan(&hash, &s.UserID, instant{&s.CreatedAt}, instant{&s.SeenAt}, &s.Address, &s.UserAgent); err != nil {
			return nil, wrap(err)
		}
		s.Hash = [32]byte(hash)
		list = append(list, s)
	}
	return list, wrap(rows.Err())
}
