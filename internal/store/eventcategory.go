package store

import (
	"context"

	"namets/internal/namets"
)

func eventCategories() *table[namets.EventCategory] {
	type row = namets.EventCategory
	return &table[row]{
		schema: schema{
			kind: namets.KindEventCategories, known: "name",
			columns: withMeta([]column{
				{name: "id"}, {name: "name"}, {name: "slug", parked: parkedText}, {name: "description"},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.EventCategories },
		fields: func(r *row) []any {
			return withMetaOf(&r.Meta, &r.ID, &r.Name, &r.Slug, &r.Description)
		},
	}
}

// EventCategories returns all event categories by name.
func (db *DB) EventCategories(ctx context.Context) ([]namets.EventCategory, error) {
	return eventCategories().all(ctx, db.reader, "order by name, id")
}

// EventCategory returns the event category with the id, and its revision. Errors: NotFound.
func (db *DB) EventCategory(ctx context.Context, id int64) (namets.EventCategory, int64, error) {
	return eventCategories().row(ctx, db.reader, id)
}

// CreateEventCategory stores c under a new id; an empty Slug is made from the name. Errors:
// Conflict with Field slug.
func (db *DB) CreateEventCategory(ctx context.Context, by namets.Actor, c namets.EventCategory) (id int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if c.Slug, err = eventCategories().freeSlug(ctx, t, c.Slug, c.Name); err != nil {
			return err
		}
		id, err = eventCategories().create(ctx, t, by, &c)
		return err
	})
	return id, err
}

// UpdateEventCategory overwrites the event category with c's id. A revision other than 0 must match
// the stored one; an empty Slug keeps the stored one. Errors: NotFound; Conflict, with Field slug,
// or without a field for another revision.
func (db *DB) UpdateEventCategory(ctx context.Context, by namets.Actor, revision int64, c namets.EventCategory) error {
	return db.write(ctx, func(t *tx) error {
		_, _, err := eventCategories().update(ctx, t, by, c.ID, revision, func(row *namets.EventCategory) {
			if c.Slug == "" {
				c.Slug = row.Slug
			}
			*row = c
		})
		return err
	})
}

// DeleteEventCategory removes the event category with the id. Its events remain, without a
// category. Errors: NotFound.
func (db *DB) DeleteEventCategory(ctx context.Context, by namets.Actor, id int64) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `update events set category_id = null, revision = revision + 1, `+
			`updated_at = $2 where category_id = $1`, id, t.now.UnixMicro())
		if err != nil {
			return err
		}
		_, err = eventCategories().delete(ctx, t, by, id)
		return err
	})
}
