package store

import (
	"context"
	"database/sql"
	"time"

	"namets/internal/namets"
)

// ResetPasswordOnce is [DB.ResetPassword] for the user with the name, whatever its letter case,
// once per digest: first is false, and nothing happens, when the digest was brought before.
// Errors: NotFound, which counts the digest as brought.
func (db *DB) ResetPasswordOnce(ctx context.Context, by namets.Actor, digest [32]byte, name string, linkHash [32]byte,
	expires time.Time) (user namets.User, first bool, err error) {
	var missing error
	err = db.write(ctx, func(t *tx) error {
		first, err = t.changes(ctx, "insert into password_resets (digest, used_at) values ($1, $2) on "+
			"conflict do nothing",
			digest[:], t.now.UnixMicro())
		if err != nil || !first {
			return err
		}
		user, err = oneUser(ctx, t, "where u.name_key = $1", userKey(name))
		if namets.CodeOf(err) == namets.NotFound {
			missing = err
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.setPassword(ctx, by, "reset_password", user.ID, ""); err != nil {
			return err
		}
		return t.addLink(ctx, linkHash, sql.NullInt64{Int64: user.ID, Valid: true}, expires)
	})
	if err == nil {
		err = missing
	}
	return user, first, err
}

// HasUsers reports whether there is any user.
func (db *DB) HasUsers(ctx context.Context) (has bool, err error) {
	err = db.reader.QueryRowContext(ctx, "select exists (select 1 from users)").Scan(&has)
	return has, db.wrap(err)
}
