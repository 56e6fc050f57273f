package store

import (
	"context"

	"namets/internal/namets"
)

func eventCategories() *table[namets.EventCategory] {
	type row = namets.EventCategory
	return &table[row]{
		schema: schema{
			kind: namets.KindEventCategories, known: "name", beforeDelete: leaveCategory,
			columns: withMeta([]column{
				{name: "id"}, {name: "name"}, {name: "slug", parked: parkedText}, {name: "description"},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.EventCategories },
		prepare: func(ctx context.Context, t *tx, was, c *row) (err error) {
			if c.Slug == "" && was != nil {
				c.Slug = was.Slug
			}
			c.Slug, err = eventCategories().freeSlug(ctx, t, c.Slug, c.Name)
			return err
		},
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
	done, err := db.ChangeEventCategory(ctx, storing(by, 0, 0, c))
	return done.Row.ID, err
}

// UpdateEventCategory overwrites the event category with c's id. A revision other than 0 must match
// the stored one; an empty Slug keeps the stored one. Errors: NotFound; Conflict, with Field slug,
// or without a field for another revision.
func (db *DB) UpdateEventCategory(ctx context.Context, by namets.Actor, revision int64, c namets.EventCategory) error {
	_, err := db.ChangeEventCategory(ctx, storing(by, c.ID, revision, c))
	return err
}

// ChangeEventCategory carries out c, as CreateEventCategory and UpdateEventCategory do. Errors:
// theirs and that of c.Edit; the Conflict for another revision has the cause
// [namets.ErrOtherRevision].
func (db *DB) ChangeEventCategory(ctx context.Context,
	c namets.Change[namets.EventCategory]) (namets.Changed[namets.EventCategory], error) {
	return changeRow(ctx, db, eventCategories(), c)
}

// DeleteEventCategory removes the event category with the id. Its events remain, without a
// category. Errors: NotFound.
func (db *DB) DeleteEventCategory(ctx context.Context, by namets.Actor, id int64) error {
	return removeByID(ctx, db, eventCategories(), by, id)
}

// RemoveEventCategory is DeleteEventCategory for a row that may be absent. Errors: Conflict with
// the cause [namets.ErrOtherRevision].
func (db *DB) RemoveEventCategory(ctx context.Context,
	r namets.Removal) (namets.Changed[namets.EventCategory], error) {
	return removeRow(ctx, db, eventCategories(), r)
}

// leaveCategory takes all events out of the category.
func leaveCategory(ctx context.Context, t *tx, id int64) error {
	_, err := t.ExecContext(ctx, `update events set category_id = null, revision = revision + 1, updated_at = $2
		where category_id = $1`, id, t.now.UnixMicro())
	return err
}
