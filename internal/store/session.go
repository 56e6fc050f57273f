package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"namets/internal/namets"
)

// CreateSession stores a session that begins now, records the user's sign-in, and deletes old
// sessions.
func (db *DB) CreateSession(ctx context.Context, by namets.Actor, s namets.Session) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.forgetSessions(ctx); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `
			insert into sessions (hash, user_id, created_at, seen_at, address, user_agent) values ($1, $2, $3, $3, $4,
				$5)`,
			s.Hash[:], s.UserID, t.now.UnixMicro(), s.Address, s.UserAgent)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, "update users set last_sign_in = $2 where id = $1", s.UserID, t.now.UnixMicro())
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "sign_in", namets.KindUsers, s.UserID, nil)
	})
}

// Session returns the session with the hash, which may have ended, and its user. Errors: NotFound.
func (db *DB) Session(ctx context.Context, hash [32]byte) (s namets.Session, u namets.User, err error) {
	s.Hash = hash
	err = db.reader.QueryRowContext(ctx, `
		select s.user_id, s.created_at, s.seen_at, s.address, s.user_agent, `+userColumns+`
		from sessions s join users u on u.id = s.user_id where s.hash = $1`, hash[:]).
		Scan(append([]any{&s.UserID, instant{&s.CreatedAt}, instant{&s.SeenAt}, &s.Address, &s.UserAgent},
			userFields(&u)...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return s, u, &namets.Error{Code: namets.NotFound, Message: "there is no such session"}
	}
	return s, u, db.wrap(err)
}

// TouchSession records that a request was made at the time.
func (db *DB) TouchSession(ctx context.Context, hash [32]byte, at time.Time) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "update sessions set seen_at = "+t.dialect.Greatest("seen_at", "$2")+
			" where hash = $1", hash[:], at.UnixMicro())
		return err
	})
}

// forgetSessions deletes the sessions that ended longer than [namets.SessionKnown] ago.
func (t *tx) forgetSessions(ctx context.Context) error {
	known := t.now.Add(-namets.SessionKnown)
	_, err := t.ExecContext(ctx, "delete from sessions where seen_at <= $1 or created_at <= $2",
		known.Add(-namets.SessionIdle).UnixMicro(), known.Add(-namets.SessionLife).UnixMicro())
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, "delete from ended_sessions where ended_at <= $1", known.UnixMicro())
	return err
}

// KnowsSession reports whether a session with the hash exists, or existed until less than
// [namets.SessionKnown] ago.
func (db *DB) KnowsSession(ctx context.Context, hash [32]byte) (known bool, err error) {
	since := db.now().Add(-namets.SessionKnown)
	err = db.reader.QueryRowContext(ctx, `
		select exists (select 1 from sessions where hash = $1 and seen_at > $2 and created_at > $3)
			or exists (select 1 from ended_sessions where hash = $1 and ended_at > $4)`,
		hash[:], since.Add(-namets.SessionIdle).UnixMicro(), since.Add(-namets.SessionLife).UnixMicro(),
		since.UnixMicro()).Scan(&known)
	return known, db.wrap(err)
}

// DeleteSession ends a session. If there is none, it returns no error.
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
		if err := t.noteEnded(ctx, hash[:]); err != nil {
			return err
		}
		return t.audit(ctx, by, "sign_out", namets.KindUsers, userID, nil)
	})
}

// DeleteSessions ends all sessions of the user.
func (db *DB) DeleteSessions(ctx context.Context, by namets.Actor, userID int64) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.endSessions(ctx, userID); err != nil {
			return err
		}
		return t.audit(ctx, by, "sign_out_everywhere", namets.KindUsers, userID, nil)
	})
}

// endSessions ends all sessions of the user. For sessions that had already ended it records when
// they ended.
func (t *tx) endSessions(ctx context.Context, userID int64) error {
	_, err := t.ExecContext(ctx, `
		insert into ended_sessions (hash, ended_at) select hash, `+
		t.dialect.Least("$2", "seen_at + $3", "created_at + $4")+` from sessions
			where user_id = $1
		on conflict (hash) do nothing`,
		userID, t.now.UnixMicro(), namets.SessionIdle.Microseconds(), namets.SessionLife.Microseconds())
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, "delete from sessions where user_id = $1", userID)
	return err
}

// noteEnded records that the session with the hash ends now.
func (t *tx) noteEnded(ctx context.Context, hash []byte) error {
	_, err := t.ExecContext(ctx, "insert into ended_sessions (hash, ended_at) values ($1, $2) on conflict (hash) "+
		"do nothing", hash, t.now.UnixMicro())
	return err
}

// Sessions returns the sessions of the user that have not ended, most recently used first.
func (db *DB) Sessions(ctx context.Context, userID int64) ([]namets.Session, error) {
	now := db.now()
	rows, err := db.reader.QueryContext(ctx, `
		select hash, user_id, created_at, seen_at, address, user_agent from sessions
		where user_id = $1 and seen_at > $2 and created_at > $3 order by seen_at desc`,
		userID, now.Add(-namets.SessionIdle).UnixMicro(), now.Add(-namets.SessionLife).UnixMicro())
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var list []namets.Session
	for rows.Next() {
		var s namets.Session
		var hash []byte
		if err := rows.Scan(&hash, &s.UserID, instant{&s.CreatedAt}, instant{&s.SeenAt}, &s.Address,
			&s.UserAgent); err != nil {
			return nil, db.wrap(err)
		}
		s.Hash = [32]byte(hash)
		list = append(list, s)
	}
	return list, db.wrap(rows.Err())
}
