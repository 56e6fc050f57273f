package store

import (
	"context"

	"namets/internal/namets"
)

func eventCategories() *table[namets.EventCategory] {
	type row = namets.EventCategory
	return &table[row]{
		kind:  namets.KindEventCategories,
		title: func(r *row) string { return r.Name },
		columns: []column[row]{
			{name: "id", field: func(r *row) any { return &r.ID }},
			{name: "name", field: func(r *row) any { return &r.Name }},
			{name: "slug", field: func(r *row) any { return &r.Slug }, parked: parkedText},
			{name: "description", field: func(r *row) any { return &r.Description }},
		},
	}
}

func events() *table[namets.Event] {
	type row = namets.Event
	return &table[row]{
		kind:  namets.KindEvents,
		title: func(r *row) string { return r.Title },
		columns: []column[row]{
			{name: "id", field: func(r *row) any { return &r.ID }},
			{name: "title", field: func(r *row) any { return &r.Title }},
			{name: "slug", field: func(r *row) any { return &r.Slug }, parked: parkedText},
			{name: "description", field: func(r *row) any { return &r.Description }},
			{name: "category_id", field: func(r *row) any { return optionalID{&r.CategoryID} }},
			{name: "start_datetime", field: func(r *row) any { return instant{&r.Start} }},
			{name: "end_datetime", field: func(r *row) any { return instant{&r.End} }},
			{name: "location", field: func(r *row) any { return &r.Location }},
			{name: "is_featured", field: func(r *row) any { return flag{&r.IsFeatured} }},
			{name: "is_active", field: func(r *row) any { return flag{&r.IsActive} }},
			{name: "send_email", field: func(r *row) any { return flag{&r.SendEmail} }},
		},
		announcedColumn: &announcedColumn[row]{name: "announced_at", keep: true, value: func(r *row, im *importer) any {
			return im.announcedBy(r.SendEmail)
		}},
	}
}

const activeEvents = `where is_active order by start_datetime, id`

// ActiveEvents calls yield for every active event, by start, then id, out of one read transaction.
// It stops at the first error and returns it.
func (db *DB) ActiveEvents(ctx context.Context, yield func(*namets.Event) error) error {
	return events().each(ctx, db.reader, activeEvents, yield)
}
