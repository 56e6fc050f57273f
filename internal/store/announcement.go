package store

import (
	"context"

	"namets/internal/namets"
)

func announcements() *table[namets.Announcement] {
	type row = namets.Announcement
	return &table[row]{
		kind:  namets.KindAnnouncements,
		title: func(r *row) string { return r.Title },
		columns: []column[row]{
			{name: "id", field: func(r *row) any { return &r.ID }},
			{name: "title", field: func(r *row) any { return &r.Title }},
			{name: "slug", field: func(r *row) any { return &r.Slug }, parked: parkedText},
			{name: "content", field: func(r *row) any { return &r.Content }},
			{name: "category", field: func(r *row) any { return &r.Category }},
			{name: "is_pinned", field: func(r *row) any { return flag{&r.IsPinned} }},
			{name: "publish_at", field: func(r *row) any { return instant{&r.PublishAt} }},
			{name: "expire_at", field: func(r *row) any { return optionalInstant{&r.ExpireAt} }},
			{name: "is_active", field: func(r *row) any { return flag{&r.IsActive} }},
			{name: "send_email", field: func(r *row) any { return flag{&r.SendEmail} }},
		},
		announcedColumn: &announcedColumn[row]{name: "announced_at", keep: true, value: func(r *row, im *importer) any {
			return im.announcedBy(r.SendEmail)
		}},
	}
}

const activeAnnouncements = `where is_active order by publish_at desc, id`

// ActiveAnnouncements calls yield for every active announcement, newest publish_at first, then by
// id, out of one read transaction. It stops at the first error and returns it.
func (db *DB) ActiveAnnouncements(ctx context.Context, yield func(*namets.Announcement) error) error {
	return announcements().each(ctx, db.reader, activeAnnouncements, yield)
}
