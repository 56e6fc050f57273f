package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

const apiTokenColumns = `id, name, hash, scopes, created_at, created_by, replaced_at, expires_at, ended_at, requests,
	last_used, last_address, last_user_agent`

// apiTokens returns the tokens of the query that ends with rest after "from api_tokens".
func apiTokens(ctx context.Context, q querier, rest string, args ...any) (list []namets.APIToken, err error) {
	rows, err := q.QueryContext(ctx, "select "+apiTokenColumns+" from api_tokens "+rest, args...)
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var t namets.APIToken
		var hash []byte
		err := rows.Scan(&t.ID, &t.Name, &hash, scopes{&t.Scopes}, instant{&t.CreatedAt}, &t.CreatedBy,
			optionalInstant{&t.ReplacedAt}, optionalInstant{&t.ExpiresAt}, optionalInstant{&t.EndedAt}, &t.Used.Count,
			optionalInstant{&t.Used.Last}, &t.Used.Address, &t.Used.UserAgent)
		if err != nil {
			return nil, q.wrap(err)
		}
		t.Hash = [32]byte(hash)
		list = append(list, t)
	}
	return list, q.wrap(rows.Err())
}

// APITokens returns all named tokens: those that have not ended by name, then the others, the one
// that ended last first.
func (db *DB) APITokens(ctx context.Context) ([]namets.APIToken, error) {
	return apiTokens(ctx, db.reader, "order by ended_at is not null, ended_at desc, name_key, id desc")
}

// APIToken returns the token with the id. Errors: NotFound.
func (db *DB) APIToken(ctx context.Context, id int64) (namets.APIToken, error) {
	return oneAPIToken(ctx, db.reader, "where id = $1", id)
}

// APITokenByName returns the token with the name, in any letter case, that has not ended. Errors:
// NotFound.
func (db *DB) APITokenByName(ctx context.Context, name string) (namets.APIToken, error) {
	return oneAPIToken(ctx, db.reader, "where name_key = $1 and ended_at is null", userKey(name))
}

func oneAPIToken(ctx context.Context, q querier, rest string, args ...any) (namets.APIToken, error) {
	list, err := apiTokens(ctx, q, rest, args...)
	if err == nil && len(list) == 0 {
		err = &namets.Error{Code: namets.NotFound, Message: "there is no such API token"}
	}
	if err != nil {
		return namets.APIToken{}, err
	}
	return list[0], nil
}

// APIAccess returns the named tokens that have not ended, and the rights of the shared one.
func (db *DB) APIAccess(ctx context.Context) (access namets.APIAccess, err error) {
	err = db.read(ctx, func(t readTx) error {
		err := t.QueryRowContext(ctx, "select may_write from shared_token_rights").Scan(flag{&access.SharedMayWrite})
		if err != nil {
			return err
		}
		access.Tokens, err = apiTokens(ctx, t, "where ended_at is null")
		return err
	})
	return access, err
}

// CreateAPIToken stores a new token: its name, hash, scopes and end. Errors: Conflict with Field
// name.
func (db *DB) CreateAPIToken(ctx context.Context, by namets.Actor, n namets.APIToken) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.endExpiredAPITokens(ctx); err != nil { // their names are free
			return err
		}
		err := t.QueryRowContext(ctx, `
			insert into api_tokens (name, name_key, hash, scopes, created_at, created_by, expires_at)
			values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (name_key) where ended_at is null do nothing returning id`,
			n.Name, userKey(n.Name), n.Hash[:], scopes{&n.Scopes}, t.now.UnixMicro(), by.Name,
			optionalInstant{&n.ExpiresAt}).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return &namets.Error{Code: namets.Conflict, Field: "name",
				Message: "another API token has this name already"}
		}
		if err != nil {
			return err
		}
		t.touch(namets.KindAPITokens)
		return t.audit(ctx, by, "create", namets.KindAPITokens, id, reasonDetail{n.Scopes.String()})
	})
	return id, err
}

// ReplaceAPIToken gives the token a new value, of which hash is the SHA-256; the previous one is
// refused from now on. Webhooks and consumers of the token stay. Errors: NotFound; Conflict if the
// token has ended.
func (db *DB) ReplaceAPIToken(ctx context.Context, by namets.Actor, id int64, hash [32]byte) error {
	return db.write(ctx, func(t *tx) error {
		token, err := oneAPIToken(ctx, t, "where id = $1", id)
		if err != nil {
			return err
		}
		if token.Ended(t.now) {
			return &namets.Error{Code: namets.Conflict, Message: "the API token has ended: create another one"}
		}
		_, err = t.ExecContext(ctx, "update api_tokens set hash = $2, replaced_at = $3 where id = $1", id, hash[:],
			t.now.UnixMicro())
		if err != nil {
			return err
		}
		t.touch(namets.KindAPITokens)
		return t.audit(ctx, by, "replace", namets.KindAPITokens, id, nil)
	})
}

// RevokeAPIToken ends the token. It does nothing if the token has ended. Errors: NotFound.
func (db *DB) RevokeAPIToken(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		token, err := oneAPIToken(ctx, t, "where id = $1", id)
		if err != nil || token.EndedAt != nil {
			return err
		}
		return t.endAPIToken(ctx, by, "revoke", id)
	})
}

// RevokeAPITokens ends all named tokens, and returns those that it has ended.
func (db *DB) RevokeAPITokens(ctx context.Context, by namets.Actor) (ended []namets.APIToken, err error) {
	err = db.write(ctx, func(t *tx) error {
		if ended, err = apiTokens(ctx, t, "where ended_at is null order by name_key"); err != nil {
			return err
		}
		for i := range ended {
			if err := t.endAPIToken(ctx, by, "revoke", ended[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return ended, err
}

// EndExpiredAPITokens ends the tokens whose time is over, and reports whether there were any. They
// have been refused since then; this releases their names and stops what belongs to them.
func (db *DB) EndExpiredAPITokens(ctx context.Context) (ended bool, err error) {
	err = db.reader.QueryRowContext(ctx, "select exists (select 1 from api_tokens where "+expiredAPIToken+")",
		db.now().UnixMicro()).Scan(&ended)
	if err != nil || !ended {
		return false, db.wrap(err) // without waiting for the write lock
	}
	err = db.write(ctx, func(t *tx) error {
		ended, err = t.endExpiredAPITokens(ctx)
		return err
	})
	return ended, err
}

const expiredAPIToken = "ended_at is null and expires_at <= $1"

func (t *tx) endExpiredAPITokens(ctx context.Context) (ended bool, err error) {
	expired, err := apiTokens(ctx, t, "where "+expiredAPIToken+" order by id", t.now.UnixMicro())
	for i := range expired {
		if err == nil {
			err = t.endAPIToken(ctx, namets.Actor{Kind: namets.System}, "expire", expired[i].ID)
		}
	}
	return len(expired) > 0, err
}

// endAPIToken ends a token that has not ended yet, pauses its hooks and ends its consumers.
func (t *tx) endAPIToken(ctx context.Context, by namets.Actor, action string, id int64) error {
	_, err := t.ExecContext(ctx, "update api_tokens set ended_at = "+t.dialect.Least("$2", "coalesce(expires_at, $2)")+
		" where id = $1", id, t.now.UnixMicro())
	if err != nil {
		return err
	}
	t.touch(namets.KindAPITokens)
	if err := t.audit(ctx, by, action, namets.KindAPITokens, id, nil); err != nil {
		return err
	}
	if err := t.closeConsumersOf(ctx, by, id); err != nil {
		return err
	}
	return t.pauseHooksOf(ctx, by, id)
}

// stillValid returns an error if the token has ended. A request that began before may arrive later,
// and must not leave anything that works on without the token. Errors: Forbidden.
func (t *tx) stillValid(ctx context.Context, id int64) error {
	var ended bool
	err := t.QueryRowContext(ctx, `select exists (select 1 from api_tokens
		where id = $1 and (ended_at is not null or expires_at <= $2))`, id, t.now.UnixMicro()).Scan(flag{&ended})
	if err == nil && ended {
		err = &namets.Error{Code: namets.Forbidden, Message: "the API token has ended"}
	}
	return err
}

// AddAPITokenUses adds requests to the tokens with the ids, each with its last request. It writes
// no audit row.
func (db *DB) AddAPITokenUses(ctx context.Context, uses map[int64]namets.APITokenUse) error {
	return db.write(ctx, func(t *tx) error {
		for id, use := range uses {
			_, err := t.ExecContext(ctx, `
				update api_tokens set requests = requests + $2, last_used = $3, last_address = $4, last_user_agent = $5
				where id = $1`, id, use.Count, optionalInstant{&use.Last}, use.Address, use.UserAgent)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// LetSharedTokenWrite gives the shared token all scopes, or only those for reading.
func (db *DB) LetSharedTokenWrite(ctx context.Context, by namets.Actor, may bool) error {
	return db.write(ctx, func(t *tx) error {
		changed, err := t.changes(ctx, "update shared_token_rights set may_write = $1 where may_write <> $1",
			flag{&may})
		if err != nil || !changed {
			return err
		}
		t.touch(namets.KindAPITokens)
		action := "forbid_writing_with"
		if may {
			action = "allow_writing_with"
		}
		return t.audit(ctx, by, action, namets.KindToken, 0, nil)
	})
}
