package store

import (
	"time"

	"namets/internal/namets"
)

// withMeta returns the columns, followed by those of [namets.Meta].
func withMeta(columns []column) []column {
	return append(columns, column{name: "key", parked: parkedText}, column{name: "created_at", dated: true},
		column{name: "updated_at", dated: true})
}

// withMetaOf returns the fields of a row, followed by those of its Meta, in the order of withMeta.
func withMetaOf(m *namets.Meta, fields ...any) []any {
	return append(fields, optionalText{&m.Key}, instant{&m.Created}, instant{&m.Updated})
}

// metaOf returns pointers to the values of a row's Meta.
func metaOf(fields []any) (key *string, created, updated *time.Time) {
	last := fields[len(fields)-3:]
	return last[0].(optionalText).s, last[1].(instant).t, last[2].(instant).t
}

// keepMeta gives the new fields of a stored row what a write does not change: the time of its
// creation, and its key unless they have another.
func keepMeta(stored, fields []any) {
	wasKey, wasCreated, wasUpdated := metaOf(stored)
	key, created, updated := metaOf(fields)
	if *key == "" {
		*key = *wasKey
	}
	*created, *updated = *wasCreated, *wasUpdated
}

// setMeta sets the times of a row that is written now: that of its creation only if it has none.
func setMeta(fields []any, now time.Time) {
	_, created, updated := metaOf(fields)
	if created.IsZero() {
		*created = now
	}
	*updated = now
}
