package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

// maxHooks is the maximum number of hooks of one token: each notification costs a delivery for
// every hook that wants it.
const maxHooks = 100

const hookColumns = `id, token_id, key, url, events, ack, report_within, before, created_at, updated_at, paused_at,
	paused_reason, failing_since`

// eventTypes is stored as a JSON array.
type eventTypes struct{ list *[]namets.EventType }

func (v eventTypes) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("a list is stored as a text, not as %T", src)
	}
	return json.Unmarshal([]byte(text), v.list)
}

// encodedTypes is the inverse of eventTypes.
func encodedTypes(list []namets.EventType) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return string(namets.EncodeAddresses(nil, texts))
}

// period is a time.Duration stored in microseconds.
type period struct{ d *time.Duration }

func (v period) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a duration is stored as an integer, not as %T", src)
	}
	*v.d = time.Duration(us) * time.Microsecond
	return nil
}

// hooks returns the hooks of the query that ends with rest after "from hooks".
func hooks(ctx context.Context, q querier, rest string, args ...any) (list []namets.Hook, err error) {
	rows, err := q.QueryContext(ctx, "select "+hookColumns+" from hooks "+rest, args...)
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var h namets.Hook
		err := rows.Scan(&h.ID, &h.TokenID, &h.Key, &h.URL, eventTypes{&h.Events}, &h.Ack, period{&h.ReportWithin},
			period{&h.Before}, instant{&h.CreatedAt}, instant{&h.UpdatedAt}, optionalInstant{&h.PausedAt},
			&h.PausedReason, optionalInstant{&h.FailingSince})
		if err != nil {
			return nil, q.wrap(err)
		}
		list = append(list, h)
	}
	return list, q.wrap(rows.Err())
}

// oneHook is hooks for at most one. Errors: NotFound.
func oneHook(ctx context.Context, q querier, rest string, args ...any) (namets.Hook, error) {
	list, err := hooks(ctx, q, rest, args...)
	if err == nil && len(list) == 0 {
		err = noHook()
	}
	if err != nil {
		return namets.Hook{}, err
	}
	return list[0], nil
}

func noHook() error { return &namets.Error{Code: namets.NotFound, Message: "there is no such hook"} }

// Hooks returns all hooks that are not deleted, by token and key.
func (db *DB) Hooks(ctx context.Context) ([]namets.Hook, error) {
	return hooks(ctx, db.reader, "where deleted_at is null order by token_id, key")
}

// HooksOf returns the hooks of the token that are not deleted, by key; 0 is the shared token.
func (db *DB) HooksOf(ctx context.Context, tokenID int64) ([]namets.Hook, error) {
	return hooks(ctx, db.reader, "where deleted_at is null and token_id = $1 order by key", tokenID)
}

// Hook returns the hook with the id. Errors: NotFound, also for a deleted one.
func (db *DB) Hook(ctx context.Context, id int64) (namets.Hook, error) {
	return oneHook(ctx, db.reader, "where deleted_at is null and id = $1", id)
}

// HookByKey returns the hook of the token with the key. Errors: NotFound, also for a deleted one.
func (db *DB) HookByKey(ctx context.Context, tokenID int64, key string) (namets.Hook, error) {
	return oneHook(ctx, db.reader, "where deleted_at is null and token_id = $1 and key = $2", tokenID, key)
}

// HookSecret returns the secret that signs the webhooks of the hook. Errors: NotFound.
func (db *DB) HookSecret(ctx context.Context, id int64) (secret.Value, error) {
	var text string
	err := db.reader.QueryRowContext(ctx, "select secret from hooks where deleted_at is null and id = $1", id).
		Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return secret.Value{}, noHook()
	}
	return secret.New(text), db.wrap(err)
}

// PutHook stores what the token wants for its hook with the key, and returns the stored hook. spec
// must be valid and filled. A new hook, and one that was deleted, gets a new secret, which is
// returned only then. What waited for a hook that was deleted less than [namets.HookHeld] ago goes
// out again. A paused hook wakes up. Errors: Conflict if the token has too many; Forbidden if it
// has ended.
func (db *DB) PutHook(ctx context.Context, by namets.Actor, tokenID int64, key string,
	spec namets.HookSpec) (h namets.Hook, created secret.Value, err error) {
	err = db.write(ctx, func(t *tx) error {
		if err := t.stillValid(ctx, tokenID); err != nil {
			return err
		}
		was, err := oneHook(ctx, t, "where deleted_at is null and token_id = $1 and key = $2", tokenID, key)
		switch {
		case err == nil:
			err = t.updateHook(ctx, by, &was, spec)
		case namets.CodeOf(err) == namets.NotFound:
			was.ID, created, err = t.createHook(ctx, by, tokenID, key, spec)
		}
		if err != nil {
			return err
		}
		h, err = oneHook(ctx, t, "where id = $1", was.ID)
		return err
	})
	if err != nil {
		return namets.Hook{}, secret.Value{}, err
	}
	return h, created, nil
}

// createHook stores a new hook, or puts a deleted one back.
func (t *tx) createHook(ctx context.Context, by namets.Actor, tokenID int64, key string,
	spec namets.HookSpec) (id int64, created secret.Value, err error) {
	var count int
	err = t.QueryRowContext(ctx, "select count(*) from hooks where deleted_at is null and token_id = $1", tokenID).
		Scan(&count)
	if err != nil {
		return 0, created, err
	}
	if count >= maxHooks {
		return 0, created, &namets.Error{Code: namets.Conflict, Message: fmt.Sprintf("this token has %d hooks, and "+
			"more are not possible: delete one that is no longer used", count)}
	}
	if err := t.dropLapsed(ctx, tokenID, key); err != nil {
		return 0, created, err
	}
	created = newHookSecret()
	err = t.QueryRowContext(ctx, `
		insert into hooks (token_id, key, url, events, ack, report_within, before, secret, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
		on conflict (token_id, key) do update set url = excluded.url, events = excluded.events, ack = excluded.ack,
			report_within = excluded.report_within, before = excluded.before, secret = excluded.secret,
			updated_at = excluded.updated_at, deleted_at = null, paused_at = null, paused_reason = '',
			failing_since = null
		returning id`,
		tokenID, key, spec.URL, encodedTypes(spec.Events), string(spec.Ack), spec.ReportWithin.Microseconds(),
		spec.Before.Microseconds(), created.Reveal(), t.now.UnixMicro()).Scan(&id)
	if err != nil {
		return 0, created, err
	}
	t.hints = true
	return id, created, t.audit(ctx, by, "create", namets.KindHooks, id, nil)
}

// updateHook stores a changed choice and wakes the hook.
func (t *tx) updateHook(ctx context.Context, by namets.Actor, was *namets.Hook, spec namets.HookSpec) error {
	if changed := changesOf(&was.HookSpec, &spec); len(changed) > 0 {
		_, err := t.ExecContext(ctx, `
			update hooks set url = $2, events = $3, ack = $4, report_within = $5, before = $6, updated_at = $7,
				failing_since = null where id = $1`,
			was.ID, spec.URL, encodedTypes(spec.Events), string(spec.Ack), spec.ReportWithin.Microseconds(),
			spec.Before.Microseconds(), t.now.UnixMicro())
		if err != nil {
			return err
		}
		if err := t.audit(ctx, by, "update", namets.KindHooks, was.ID, fieldChanges{changed}); err != nil {
			return err
		}
	}
	return t.wakeHook(ctx, by, was.ID)
}

// changesOf returns the names of the fields in which the two differ.
func changesOf(a, b *namets.HookSpec) (changed []string) {
	for _, f := range [...]struct {
		name string
		same bool
	}{
		{"url", a.URL == b.URL}, {"events", encodedTypes(a.Events) == encodedTypes(b.Events)}, {"ack", a.Ack == b.Ack},
		{"report_within", a.ReportWithin == b.ReportWithin}, {"before", a.Before == b.Before},
	} {
		if !f.same {
			changed = append(changed, f.name)
		}
	}
	return changed
}

// WakeHook ends the pause of the hook; its deliveries go out again. It does nothing if the hook is
// not paused. Errors: NotFound; Conflict if its token has ended, because nobody could read what it
// is sent any more.
func (db *DB) WakeHook(ctx context.Context, by namets.Actor, id int64) error {
	return db.changeHook(ctx, id, func(t *tx) error {
		var ended bool
		err := t.QueryRowContext(ctx, `select exists (select 1 from hooks h join api_tokens a on a.id = h.token_id
			where h.id = $1 and a.ended_at is not null)`, id).Scan(&ended)
		if err != nil {
			return err
		}
		if ended {
			return &namets.Error{Code: namets.Conflict, Message: "the API token of this hook has ended: " +
				"it can register the hook again with another one"}
		}
		return t.wakeHook(ctx, by, id)
	})
}

func (t *tx) wakeHook(ctx context.Context, by namets.Actor, id int64) error {
	woken, err := t.changes(ctx, `
		update hooks set paused_at = null, paused_reason = '', failing_since = null, updated_at = $2
		where id = $1 and paused_at is not null`, id, t.now.UnixMicro())
	if err != nil || !woken {
		return err
	}
	t.hints = true
	return t.audit(ctx, by, "wake", namets.KindHooks, id, nil)
}

// PauseHook stops sending to the hook; its deliveries wait. The reason is in plain words, without
// the URL. It does nothing if the hook is paused. Errors: NotFound.
func (db *DB) PauseHook(ctx context.Context, by namets.Actor, id int64, reason string) error {
	return db.changeHook(ctx, id, func(t *tx) error { return t.pauseHook(ctx, by, id, reason) })
}

func (t *tx) pauseHook(ctx context.Context, by namets.Actor, id int64, reason string) error {
	paused, err := t.changes(ctx, `
		update hooks set paused_at = $2, paused_reason = $3, updated_at = $2
		where id = $1 and paused_at is null and deleted_at is null`, id, t.now.UnixMicro(), reason)
	if err != nil || !paused {
		return err
	}
	return t.audit(ctx, by, "pause", namets.KindHooks, id, reasonDetail{reason})
}

// pauseHooksOf pauses the hooks of a token that has ended.
func (t *tx) pauseHooksOf(ctx context.Context, by namets.Actor, tokenID int64) error {
	ids, err := t.ids(ctx, "select id from hooks where token_id = $1 and deleted_at is null order by id", tokenID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.pauseHook(ctx, by, id, "its API token has ended"); err != nil {
			return err
		}
	}
	return nil
}

// ReplaceHookSecret gives the hook a new secret and returns it. The old one signs nothing from now
// on. Errors: NotFound.
func (db *DB) ReplaceHookSecret(ctx context.Context, by namets.Actor, id int64) (created secret.Value, err error) {
	created = newHookSecret()
	err = db.changeHook(ctx, id, func(t *tx) error {
		_, err := t.ExecContext(ctx, "update hooks set secret = $2, updated_at = $3 where id = $1", id,
			created.Reveal(), t.now.UnixMicro())
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "replace_secret", namets.KindHooks, id, nil)
	})
	if err != nil {
		return secret.Value{}, err
	}
	return created, nil
}

// RecordHookTest records in the audit that somebody has tested the hook. Errors: NotFound.
func (db *DB) RecordHookTest(ctx context.Context, by namets.Actor, id int64) error {
	return db.changeHook(ctx, id, func(t *tx) error { return t.audit(ctx, by, "test", namets.KindHooks, id, nil) })
}

// DeleteHook deletes the hook. It is held for [namets.HookHeld] with what waits for it; see
// [DB.PutHook] and [DB.PruneDeliveries]. Errors: NotFound.
func (db *DB) DeleteHook(ctx context.Context, by namets.Actor, id int64) error {
	return db.changeHook(ctx, id, func(t *tx) error {
		var title string
		err := t.QueryRowContext(ctx, `
			update hooks set deleted_at = $2, updated_at = $2 where id = $1 returning key`, id, t.now.UnixMicro()).
			Scan(&title)
		if err != nil {
			return err
		}
		return t.audit(ctx, by, "delete", namets.KindHooks, id, titleDetail{title})
	})
}

// changeHook runs fn if there is a hook with the id that is not deleted. Errors: NotFound.
func (db *DB) changeHook(ctx context.Context, id int64, fn func(*tx) error) error {
	return db.write(ctx, func(t *tx) error {
		if _, err := oneHook(ctx, t, "where deleted_at is null and id = $1", id); err != nil {
			return err
		}
		return fn(t)
	})
}

// newHookSecret returns a random secret in the form of Standard Webhooks.
func newHookSecret() secret.Value {
	key := make([]byte, 32)
	rand.Read(key) // never fails (crypto/rand)
	return secret.New("whsec_" + base64.StdEncoding.EncodeToString(key))
}
