package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"namets/internal/namets"
)

// The details of audit rows that several actions have.
type (
	// countDetail is the detail of an action on several rows.
	countDetail struct {
		Count int `json:"count"`
	}
	// reasonDetail is the detail that the activity explains with a text.
	reasonDetail struct {
		Reason string `json:"reason"`
	}
	// titleDetail names a row that is gone.
	titleDetail struct {
		Title any `json:"title"`
	}
)

// audit adds an audit row to the transaction: who did what. entityID is 0 if the action is not
// about a single row. detail may be nil and must contain neither secrets nor addresses.
func (t *tx) audit(ctx context.Context, by namets.Actor, action string, entity namets.Kind, entityID int64,
	detail any) error {
	_, err := t.auditRow(ctx, by, action, entity, entityID, detail)
	return err
}

// auditRow is like audit and returns the id of the audit row.
func (t *tx) auditRow(ctx context.Context, by namets.Actor, action string, entity namets.Kind, entityID int64,
	detail any) (id int64, err error) {
	text := []byte("{}")
	if detail != nil {
		if text, err = json.Marshal(detail); err != nil {
			return 0, fmt.Errorf("encode audit detail: %w", err)
		}
	}
	err = t.QueryRowContext(ctx, `
		insert into audit (at, actor_kind, actor_name, address, action, entity, entity_id, detail, part_of)
		values ($1, $2, $3, $4, $5, $6, nullif(cast($7 as bigint), 0), $8, $9) returning id`,
		t.now.UnixMicro(), string(by.Kind), by.Name, by.Address, action, entity, entityID, string(text), t.step()).
		Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("write audit row: %w", err)
	}
	return id, nil
}

// RecordDownload records in the audit that somebody downloads addresses: those of the kind, or with
// [namets.KindDatabase] a copy of everything.
func (db *DB) RecordDownload(ctx context.Context, by namets.Actor, what namets.Kind) error {
	return db.write(ctx, func(t *tx) error { return t.audit(ctx, by, "download", what, 0, nil) })
}

// auditSubject is the name by which people know the row that an audit row is about.
func auditSubject(d Dialect) string {
	return `coalesce(case entity` + knownAs("audit.entity_id", true) + `
		when 'users' then (select name from users where id = audit.entity_id)
		when 'api_tokens' then (select name from api_tokens where id = audit.entity_id)
		when 'hooks' then (select key from hooks where id = audit.entity_id)
		when 'deliveries' then (select kind from deliveries where id = audit.entity_id)
		when 'message' then (select ` + d.Member("data", "subject") + ` from delivery_bodies
			where delivery_id = audit.entity_id)
	end, ` + d.Member("detail", "title") + `, (select ` + d.Member("gone.detail", "title") + ` from audit gone
		where gone.entity = audit.entity and gone.entity_id = audit.entity_id and gone.action = 'delete'), '')`
}

// Activity returns the audit entries that match f, newest first.
func (db *DB) Activity(ctx context.Context, f namets.AuditFilter) ([]namets.AuditEntry, error) {
	conditions, args := []string{"true"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	if f.Actor != "" {
		add("actor_name = $%d", f.Actor)
	}
	if f.Entity != "" {
		add("entity = $%d", f.Entity)
	}
	if f.EntityID != 0 {
		add("entity_id = $%d", f.EntityID)
	} else {
		conditions = append(conditions, "part_of is null")
	}
	if !f.From.IsZero() {
		// Times rise with ids, so the ids at both ends bound the search
		add("id >= (select id from audit where at >= $%[1]d order by at, id limit 1) and "+db.dialect.Unindexed("at")+
			" >= $%[1]d",
			f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		add("id < coalesce((select id from audit where at >= $%[1]d order by at, id limit 1), "+
			"9223372036854775807) and "+
			db.dialect.Unindexed("at")+" < $%[1]d", f.To.UnixMicro())
	}
	if f.Before > 0 {
		add("id < $%d", f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	rows, err := db.reader.QueryContext(ctx, fmt.Sprintf(`
		select id, at, actor_kind, actor_name, address, action, entity, coalesce(entity_id, 0), detail,
			coalesce(times, 0), last_at, `+auditSubject(db.dialect)+`
		from audit where %s order by id desc limit %d`, strings.Join(conditions, " and "), f.Limit), args...)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var list []namets.AuditEntry
	for rows.Next() {
		var e namets.AuditEntry
		var detail string
		err := rows.Scan(&e.ID, instant{&e.At}, &e.By.Kind, &e.By.Name, &e.By.Address, &e.Action, &e.Entity,
			&e.EntityID, &detail,
			&e.Times, optionalInstant{&e.LastAt}, &e.Subject)
		if err != nil {
			return nil, db.wrap(err)
		}
		var known struct {
			Changed     []string `json:"changed"`
			Count       int      `json:"count"`
			Fingerprint string   `json:"fingerprint"`
			Reason      string   `json:"reason"`
			First       string   `json:"first"`
			Last        string   `json:"last"`
		}
		if json.Unmarshal([]byte(detail), &known) == nil { // other details have none of these
			e.Changed, e.Count, e.Fingerprint, e.Reason = known.Changed, known.Count, known.Fingerprint, known.Reason
			e.First, e.Last = known.First, known.Last
		}
		list = append(list, e)
	}
	return list, db.wrap(rows.Err())
}

// History returns at most limit audit entries about the row, newest first.
func (db *DB) History(ctx context.Context, kind namets.Kind, id int64, limit int) ([]namets.HistoryEntry, error) {
	rows, err := db.reader.QueryContext(ctx, `
		select at, actor_kind, actor_name, action, detail from audit where entity = $1 and entity_id = $2
		order by id desc limit $3`, kind, id, limit)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var list []namets.HistoryEntry
	for rows.Next() {
		var e namets.HistoryEntry
		var detail []byte
		if err := rows.Scan(instant{&e.At}, &e.By.Kind, &e.By.Name, &e.Action, &detail); err != nil {
			return nil, db.wrap(err)
		}
		var changes fieldChanges
		if err := json.Unmarshal(detail, &changes); err != nil {
			return nil, fmt.Errorf("read audit detail: %w", err)
		}
		e.Changed = changes.Changed
		list = append(list, e)
	}
	return list, db.wrap(rows.Err())
}
