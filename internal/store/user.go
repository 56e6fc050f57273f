package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"namets/internal/namets"
)

const userColumns = "u.id, u.name, u.role, u.password_hash <> '', u.created_at, u.last_sign_in"

// userFields returns the scan destinations of userColumns.
func userFields(u *namets.User) []any {
	return []any{&u.ID, &u.Name, &u.Role, &u.HasPassword, instant{&u.CreatedAt}, optionalInstant{&u.LastSignIn}}
}

// userKey returns the form in which a name is unique.
func userKey(name string) string { return strings.ToLower(name) }

func noUser() error { return &namets.Error{Code: namets.NotFound, Message: "there is no such user"} }

// oneUser returns the user in the query's only row. Errors: NotFound.
func oneUser(ctx context.Context, q querier, rest string, args ...any) (u namets.User, err error) {
	err = q.QueryRowContext(ctx, "select "+userColumns+" from users u "+rest, args...).Scan(userFields(&u)...)
	if errors.Is(err, sql.ErrNoRows) {
		return u, noUser()
	}
	return u, q.wrap(err)
}

// Users returns all users by name.
func (db *DB) Users(ctx context.Context) ([]namets.User, error) {
	rows, err := db.reader.QueryContext(ctx, "select "+userColumns+" from users u order by u.name_key")
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var list []namets.User
	for rows.Next() {
		var u namets.User
		if err := rows.Scan(userFields(&u)...); err != nil {
			return nil, db.wrap(err)
		}
		list = append(list, u)
	}
	return list, db.wrap(rows.Err())
}

// User returns the user with the id. Errors: NotFound.
func (db *DB) User(ctx context.Context, id int64) (namets.User, error) {
	return oneUser(ctx, db.reader, "where u.id = $1", id)
}

// UserByName returns the user with the name, in any letter case. Errors: NotFound.
func (db *DB) UserByName(ctx context.Context, name string) (namets.User, error) {
	return oneUser(ctx, db.reader, "where u.name_key = $1", userKey(name))
}

// HasUsers reports whether there is any user.
func (db *DB) HasUsers(ctx context.Context) (has bool, err error) {
	err = db.reader.QueryRowContext(ctx, "select exists (select 1 from users)").Scan(&has)
	return has, db.wrap(err)
}

// CreateUser stores a new user with the hash of a password, which may be empty. Errors: Conflict
// with Field name.
func (db *DB) CreateUser(ctx context.Context, by namets.Actor, name string, role namets.Role,
	passwordHash string) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		id, err = t.createUser(ctx, by, name, role, passwordHash)
		return err
	})
	return id, err
}

func (t *tx) createUser(ctx context.Context, by namets.Actor, name string, role namets.Role,
	passwordHash string) (id int64, err error) {
	err = t.QueryRowContext(ctx, `
		insert into users (name, name_key, role, password_hash, created_at) values ($1, $2, $3, $4, $5)
		on conflict (name_key) do nothing returning id`,
		name, userKey(name), string(role), passwordHash, t.now.UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, &namets.Error{Code: namets.Conflict, Field: "name", Message: "another user has this name already"}
	}
	if err != nil {
		return 0, err
	}
	return id, t.audit(ctx, by, "create", namets.KindUsers, id, roleDetail{role})
}

// roleDetail is the detail of audit rows about a user.
type roleDetail struct {
	Role namets.Role `json:"role"`
}

// CreateFirstOwner stores an owner if there is no user at all. Errors: Conflict if there is one.
func (db *DB) CreateFirstOwner(ctx context.Context, by namets.Actor, name, passwordHash string) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.firstOwner(ctx, by, name, passwordHash)
		return err
	})
}

func (t *tx) firstOwner(ctx context.Context, by namets.Actor, name, passwordHash string) (id int64, err error) {
	var taken bool
	if err := t.QueryRowContext(ctx, "select exists (select 1 from users)").Scan(&taken); err != nil {
		return 0, err
	}
	if taken {
		return 0, &namets.Error{Code: namets.Conflict, Message: "there is a user already"}
	}
	return t.createUser(ctx, by, name, namets.Owner, passwordHash)
}

// ChangeRole changes the role of the user. Errors: NotFound; Conflict with Field role if no owner
// who can sign in would remain.
func (db *DB) ChangeRole(ctx context.Context, by namets.Actor, id int64, role namets.Role) error {
	return db.write(ctx, func(t *tx) error {
		changed, err := t.changes(ctx, "update users set role = $2 where id = $1", id, string(role))
		if err != nil {
			return err
		}
		if !changed {
			return noUser()
		}
		if err := t.checkOwners(ctx); err != nil {
			return err
		}
		return t.audit(ctx, by, "change_role", namets.KindUsers, id, roleDetail{role})
	})
}

// DeleteUser removes the user and the user's sessions. Errors: NotFound; Conflict with Field role
// if no owner who can sign in would remain.
func (db *DB) DeleteUser(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.endSessions(ctx, id); err != nil {
			return err
		}
		changed, err := t.changes(ctx, "delete from users where id = $1", id)
		if err != nil {
			return err
		}
		if !changed {
			return noUser()
		}
		if err := t.checkOwners(ctx); err != nil {
			return err
		}
		return t.audit(ctx, by, "delete", namets.KindUsers, id, nil)
	})
}

// checkOwners fails the transaction if it leaves no owner who can sign in.
func (t *tx) checkOwners(ctx context.Context) error {
	var left bool
	err := t.QueryRowContext(ctx, "select exists (select 1 from users where role = 'owner' and "+
		"password_hash <> '')").Scan(&left)
	if err == nil && !left {
		err = &namets.Error{Code: namets.Conflict, Field: "role", Message: "must stay: nobody else can " +
			"sign in as an owner"}
	}
	return err
}
