package store

import (
	"context"
	"encoding/json"
	"fmt"

	"namets/internal/namets"
)

// audit writes who did what into the transaction. entityID is 0 when the act concerns no single
// row; detail must hold neither secrets nor addresses, and may be nil.
func (t *tx) audit(ctx context.Context, by namets.Actor, action string, entity namets.Kind, entityID int64,
	detail any) error {
	text := []byte("{}")
	if detail != nil {
		var err error
		if text, err = json.Marshal(detail); err != nil {
			return fmt.Errorf("encode audit detail: %w", err)
		}
	}
	_, err := t.ExecContext(ctx, `
		insert into audit (at, actor_kind, actor_name, address, action, entity, entity_id, detail, part_of)
		values ($1, $2, $3, $4, $5, $6, nullif($7, 0), $8, $9)`,
		t.now.UnixMicro(), string(by.Kind), by.Name, by.Address, action, entity, entityID, string(text), t.step())
	if err != nil {
		return fmt.Errorf("write audit row: %w", err)
	}
	return nil
}

// RecordDownload writes down that somebody takes addresses along: those of the kind, or
// [namets.KindDatabase] for a copy of all.
func (db *DB) RecordDownload(ctx context.Context, by namets.Actor, what namets.Kind) error {
	return db.write(ctx, func(t *tx) error { return t.audit(ctx, by, "download", what, 0, nil) })
}
