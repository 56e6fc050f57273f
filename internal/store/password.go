package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// PasswordHash returns the hash of the user's password, empty if there is none. Errors: NotFound.
func (db *DB) PasswordHash(ctx context.Context, userID int64) (hash string, err error) {
	err = db.reader.QueryRowContext(ctx, "select password_hash from users where id = $1", userID).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noUser()
	}
	return hash, db.wrap(err)
}

// SetPassword sets the user's password, and ends all sessions and links of the user. Errors:
// NotFound.
func (db *DB) SetPassword(ctx context.Context, by namets.Actor, userID int64, hash string) error {
	return db.write(ctx, func(t *tx) error { return t.setPassword(ctx, by, "change_password", userID, hash) })
}

func (t *tx) setPassword(ctx context.Context, by namets.Actor, action string, userID int64, hash string) error {
	changed, err := t.changes(ctx, "update users set password_hash = $2 where id = $1", userID, hash)
	if err != nil {
		return err
	}
	if !changed {
		return noUser()
	}
	if err := t.endSessions(ctx, userID); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, "delete from password_links where user_id = $1", userID); err != nil {
		return err
	}
	return t.audit(ctx, by, action, namets.KindUsers, userID, nil)
}

// ResetPassword removes the user's password, ends all sessions, and stores a link with which its
// holder can choose another one until expires. Errors: NotFound.
func (db *DB) ResetPassword(ctx context.Context, by namets.Actor, userID int64, linkHash [32]byte,
	expires time.Time) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.setPassword(ctx, by, "reset_password", userID, ""); err != nil {
			return err
		}
		return t.addLink(ctx, linkHash, sql.NullInt64{Int64: userID, Valid: true}, expires)
	})
}

// InviteUser stores a new user without a password, and a link with which to choose one until
// expires. Errors: Conflict with Field name.
func (db *DB) InviteUser(ctx context.Context, by namets.Actor, name string, role namets.Role, linkHash [32]byte,
	expires time.Time) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if id, err = t.createUser(ctx, by, name, role, ""); err != nil {
			return err
		}
		return t.addLink(ctx, linkHash, sql.NullInt64{Int64: id, Valid: true}, expires)
	})
	return id, err
}

// OfferSetUp stores the link with which its holder can become the first owner until expires. It
// replaces the previous link. Errors: Conflict if there is a user.
func (db *DB) OfferSetUp(ctx context.Context, linkHash [32]byte, expires time.Time) error {
	return db.write(ctx, func(t *tx) error {
		var taken bool
		if err := t.QueryRowContext(ctx, "select exists (select 1 from users)").Scan(&taken); err != nil {
			return err
		}
		if taken {
			return &namets.Error{Code: namets.Conflict, Message: "there is a user already"}
		}
		if _, err := t.ExecContext(ctx, "delete from password_links where user_id is null"); err != nil {
			return err
		}
		return t.addLink(ctx, linkHash, sql.NullInt64{}, expires)
	})
}

// addLink stores a link and deletes those that have expired.
func (t *tx) addLink(ctx context.Context, hash [32]byte, userID sql.NullInt64, expires time.Time) error {
	if _, err := t.ExecContext(ctx, "delete from password_links where expires_at <= $1",
		t.now.UnixMicro()); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, "insert into password_links (hash, user_id, expires_at) values ($1, $2, $3)", hash[:],
		userID, expires.UnixMicro())
	return err
}

func noLink() error {
	return &namets.Error{Code: namets.NotFound, Message: "the link is used up or has expired"}
}

// PasswordLink returns the user of the link; the zero User for the link of the first owner. Errors:
// NotFound, also if it has expired.
func (db *DB) PasswordLink(ctx context.Context, hash [32]byte) (namets.User, error) {
	id, err := linkOwner(ctx, db.reader, hash, db.now())
	if err != nil || !id.Valid {
		return namets.User{}, err
	}
	return db.User(ctx, id.Int64)
}

func linkOwner(ctx context.Context, q querier, hash [32]byte, now time.Time) (id sql.NullInt64, err error) {
	err = q.QueryRowContext(ctx, "select user_id from password_links where hash = $1 and expires_at > $2", hash[:],
		now.UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return id, noLink()
	}
	return id, q.wrap(err)
}

// UsePasswordLink uses up a link. It sets the password of the link's user, or creates the first
// owner with the name firstOwner if the link is for one. Errors: NotFound, also if it has expired;
// Conflict if there is a first owner already.
func (db *DB) UsePasswordLink(ctx context.Context, address string, linkHash [32]byte, firstOwner,
	passwordHash string) (userID int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		id, err := linkOwner(ctx, t, linkHash, t.now)
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, "delete from password_links where hash = $1", linkHash[:]); err != nil {
			return err
		}
		by := namets.Actor{Kind: namets.SignedIn, Name: firstOwner, Address: address}
		if !id.Valid {
			userID, err = t.firstOwner(ctx, by, firstOwner, passwordHash)
			return err
		}
		user, err := oneUser(ctx, t, "where u.id = $1", id.Int64)
		if err != nil {
			return err
		}
		userID, by.Name = user.ID, user.Name
		return t.setPassword(ctx, by, "choose_password", userID, passwordHash)
	})
	return userID, err
}

// BrowserCookie returns a new cookie that identifies a browser in which the user has signed in, for
// as long as the user keeps the password: an id and a keyed hash of the id, the user and the
// password's hash, so that nobody can forge it. Errors: NotFound.
func (db *DB) BrowserCookie(ctx context.Context, userID int64) (cookie string, err error) {
	id := rand.Text()
	err = db.write(ctx, func(t *tx) error {
		key, err := t.key(ctx)
		if err != nil {
			return err
		}
		hash, err := browserHash(ctx, t, key, userID, id)
		cookie = id + "." + hash
		return err
	})
	return cookie, err
}

// KnownBrowser reports whether [DB.BrowserCookie] made the cookie for the user, who may not exist.
func (db *DB) KnownBrowser(ctx context.Context, userID int64, cookie string) (bool, error) {
	var key keyed
	err := db.reader.QueryRowContext(ctx, "select key from instance").Scan((*[]byte)(&key))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, db.wrap(err)
	}
	id, given, found := strings.Cut(cookie, ".")
	if !found { // a cookie of an earlier version, the same for all browsers of a user
		id, given = "", cookie
	}
	want, err := browserHash(ctx, db.reader, key, userID, id)
	if namets.CodeOf(err) == namets.NotFound {
		return false, nil
	}
	return err == nil && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1, err
}

// browserHash returns the keyed hash for a browser, which only this instance can compute. Errors:
// NotFound.
func browserHash(ctx context.Context, q querier, key keyed, userID int64, id string) (string, error) {
	var hash string
	err := q.QueryRowContext(ctx, "select password_hash from users where id = $1", userID).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noUser()
	}
	text := strconv.FormatInt(userID, 10) + "\x00" + hash
	if id != "" {
		text += "\x00" + id
	}
	return hex.EncodeToString(key.browser(text)), q.wrap(err)
}

// ResetPasswordOnce is [DB.ResetPassword] for the user with the name, in any letter case, once per
// digest: if the digest was used before, first is false and nothing happens. Errors: NotFound,
// which uses up the digest too.
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
