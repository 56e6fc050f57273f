package store

import (
	"context"
	"slices"

	"namets/internal/namets"
)

func patrons() *table[namets.Patron] {
	type row = namets.Patron
	return &table[row]{
		schema: schema{
			kind: namets.KindPatrons, known: "name",
			columns: withMeta([]column{
				{name: "id"}, {name: "name"}, {name: "designation"}, {name: "bio"}, {name: "email"},
				{name: "hierarchy_order"}, {name: "is_active", switches: true},
				{name: "receive_notifications", switches: true},
			}),
		},
		rows: func(d *namets.Dataset) *[]row { return &d.Patrons },
		settle: func(ctx context.Context, t *tx, was, p *row, _ bool) error {
			if was == nil {
				return nil
			}
			return t.moveReports(ctx, was.Email, p.Email)
		},
		removed: func(ctx context.Context, t *tx, was *row) error {
			if was.Email == "" {
				return nil
			}
			return t.forgetReports(ctx, was.Email)
		},
		fields: func(r *row) []any {
			return withMetaOf(&r.Meta,
				&r.ID, &r.Name, &r.Designation, &r.Bio, &r.Email, &r.HierarchyOrder, flag{&r.IsActive},
				flag{&r.ReceiveNotifications},
			)
		},
	}
}

// Patrons returns all patrons, by hierarchy_order, then name.
func (db *DB) Patrons(ctx context.Context) ([]namets.Patron, error) {
	return patrons().all(ctx, db.reader, "order by hierarchy_order, name, id")
}

// Patron returns the patron with the id, and its revision. Errors: NotFound.
func (db *DB) Patron(ctx context.Context, id int64) (namets.Patron, int64, error) {
	return patrons().row(ctx, db.reader, id)
}

// CreatePatron stores p under a new id.
func (db *DB) CreatePatron(ctx context.Context, by namets.Actor, p namets.Patron) (id int64, err error) {
	done, err := db.ChangePatron(ctx, storing(by, 0, 0, p))
	return done.Row.ID, err
}

// UpdatePatron overwrites the patron with p's id. A revision other than 0 must match the stored
// one. Errors: NotFound; Conflict for another revision.
func (db *DB) UpdatePatron(ctx context.Context, by namets.Actor, revision int64, p namets.Patron) error {
	_, err := db.ChangePatron(ctx, storing(by, p.ID, revision, p))
	return err
}

// ChangePatron carries out c, as CreatePatron and UpdatePatron do. Errors: theirs and that of
// c.Edit; the Conflict for another revision has the cause [namets.ErrOtherRevision].
func (db *DB) ChangePatron(ctx context.Context,
	c namets.Change[namets.Patron]) (namets.Changed[namets.Patron], error) {
	return changeRow(ctx, db, patrons(), c)
}

// DeletePatron removes the patron with the id. Errors: NotFound.
func (db *DB) DeletePatron(ctx context.Context, by namets.Actor, id int64) error {
	return removeByID(ctx, db, patrons(), by, id)
}

// RemovePatron is DeletePatron for a row that may be absent. Errors: Conflict with the cause
// [namets.ErrOtherRevision].
func (db *DB) RemovePatron(ctx context.Context, r namets.Removal) (namets.Changed[namets.Patron], error) {
	return removeRow(ctx, db, patrons(), r)
}

// MovePatron moves the patron with the id to a position in the list of all patrons, 0 being the
// first, and renumbers the list. Moving a patron to its current position changes nothing. Errors:
// NotFound.
func (db *DB) MovePatron(ctx context.Context, by namets.Actor, id int64, position int) error {
	return db.write(ctx, func(t *tx) error {
		list, err := patrons().all(ctx, t, "order by hierarchy_order, name, id")
		if err != nil {
			return err
		}
		from := slices.IndexFunc(list, func(p namets.Patron) bool { return p.ID == id })
		if from < 0 {
			_, _, err := patrons().row(ctx, t, id)
			return err
		}
		position = min(max(position, 0), len(list)-1)
		if from == position {
			return nil
		}
		moved := list[from]
		list = slices.Insert(slices.Delete(list, from, from+1), position, moved)
		return t.bulk(ctx, by, "move", namets.KindPatrons, id, &bulkDetail{}, func() error {
			for i, p := range list {
				order := int64(i + 1)
				if _, _, err := patrons().update(ctx, t, by, p.ID, 0, func(row *namets.Patron) {
					row.HierarchyOrder = order
				}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
