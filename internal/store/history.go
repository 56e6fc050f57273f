package store

import (
	"context"
	"encoding/json"
	"fmt"

	"namets/internal/namets"
)

// History returns what was done to the row, the latest first, at most limit entries.
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
