package content

import (
	"context"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// announcementStore reads and changes announcements.
type announcementStore interface {
	AnnouncementList(ctx context.Context, f namets.ContentFilter, offset, limit int) ([]namets.Announcement, error)
	// Announcement returns an announcement and its revision. Errors: NotFound.
	Announcement(ctx context.Context, id int64) (namets.Announcement, int64, error)
	// AnnouncementAnnouncedAt returns the time when its notification was queued; nil: not queued.
	AnnouncementAnnouncedAt(ctx context.Context, id int64) (*time.Time, error)
	CreateAnnouncement(ctx context.Context, by namets.Actor, a namets.Announcement) (int64, error)
	UpdateAnnouncement(ctx context.Context, by namets.Actor, revision int64, a namets.Announcement) error
	DeleteAnnouncement(ctx context.Context, by namets.Actor, id int64) error
}

const announcementsPath = "/admin/announcements"

func (a *Admin) announcements(v *page.Visit) error {
	p := &itemsPage{
		Base: v.Page("Announcements"), List: announcementsPath, Noun: "announcement", Time: "Published",
		Lead: "All announcements, the newest first.",
		Empty: page.Empty{Title: "There are no announcements yet", Text: "An announcement appears on the site at " +
			"the time you choose, and can be e-mailed to everyone who wants announcements."},
	}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Write the first one", announcementsPath+"/new"
	}
	f, offset := p.filter(v, namets.Stages(), page.Options("", namets.Categories()))
	list, err := a.store.AnnouncementList(v.Request().Context(), f, offset, page.PerPage+1)
	if err != nil {
		return err
	}
	for i := range list {
		row := itemRow{
			Title: list[i].Title, Path: rowPath(announcementsPath, list[i].ID), Stage: list[i].Stage(v.Now()),
			Category: page.Capital(string(list[i].Category)), At: v.When(list[i].PublishAt), Email: list[i].SendEmail,
		}
		if list[i].IsPinned {
			row.Badge = "pinned"
		}
		p.Rows = append(p.Rows, row)
	}
	p.paginate(v, offset)
	return v.Render(200, "items", p)
}

// announcementKind describes the page of an announcement.
func (a *Admin) announcementKind() *kind[namets.Announcement] {
	return &kind[namets.Announcement]{
		admin: a, read: store.Announcement, create: store.CreateAnnouncement, update: store.UpdateAnnouncement,
		remove: store.DeleteAnnouncement,
		path:   announcementsPath, section: "Announcements", noun: "announcement",
		newTitle: "New announcement", newButton: "Save",
		title: func(n namets.Announcement) string { return n.Title },
		id:    func(n *namets.Announcement) *int64 { return &n.ID },
		blank: func(v *page.Visit) (namets.Announcement, error) {
			return namets.NewAnnouncement(v.Now()), nil
		},
		fill: a.fillAnnouncement, parse: parseAnnouncement,
		saved: func(_ *page.Visit, _, n namets.Announcement) (path, message string) {
			return rowPath(announcementsPath, n.ID), "The announcement is saved."
		},
		subject: namets.KindAnnouncements,
		due: func(n namets.Announcement) *time.Time {
			if !n.IsActive {
				return nil
			}
			return &n.PublishAt
		},
		question: func(n namets.Announcement) (name string, facts []string) { return quoted(n.Title), publicFacts() },
	}
}

// fillAnnouncement fills the page with n.
func (a *Admin) fillAnnouncement(v *page.Visit, p *itemPage, n namets.Announcement) (err error) {
	if n.ID != 0 {
		p.Stage = n.Stage(v.Now())
		if p.announced, err = a.store.AnnouncementAnnouncedAt(v.Request().Context(), n.ID); err != nil {
			return err
		}
	}
	reach, err := a.reach(v, namets.AnnouncementCreated, p.announced)
	publish := ""
	if !n.PublishAt.IsZero() {
		publish = v.Typed(&n.PublishAt)
	}
	p.Controls = append(page.Fields(
		&page.Field{Name: "title", Label: "Title", Value: n.Title, Required: true, Max: 200},
		&page.Field{Name: "content", Label: "Text", Value: n.Content, Required: true, Rows: 10, Max: 20000},
		&page.Field{Name: "category", Label: "Category", Brief: true,
			Options: page.Options(n.Category, namets.Categories())},
		&page.Field{Name: "publish_at", Label: "Publish at", Value: publish, Type: "datetime-local", Required: true,
			Brief: true, Hint: v.ZoneHint()},
		&page.Field{Name: "expire_at", Label: "Expires", Value: v.Typed(n.ExpireAt), Type: "datetime-local",
			Brief: true, Hint: "Empty: it stays. " + v.ZoneHint()},
		&page.Field{Name: "slug", Label: "URL name", Value: n.Slug, Max: 60,
			Prefix: "/communications/announcements/", Hint: "If empty, it is made from the title."},
	), page.Checks(
		&page.Check{Name: "is_active", Label: "Active",
			Hint:    "Otherwise it is a draft: nobody sees it and nothing is sent.",
			Checked: n.IsActive},
		&page.Check{Name: "is_pinned", Label: "Pin to the top", Checked: n.IsPinned},
		&page.Check{Name: "send_email", Label: "Send it to everyone who wants announcements, when it is published",
			Hint: reach, Checked: n.SendEmail},
	)...)
	return err
}

// parseAnnouncement applies the form to old, which is stored or, without an id, new. Errors:
// Problems.
func parseAnnouncement(v *page.Visit, old namets.Announcement) (namets.Announcement, error) {
	n := namets.Announcement{
		ID: old.ID, Title: v.LineOf("title", old.Title), Slug: v.LineOf("slug", old.Slug),
		Content: v.LongOf("content", old.Content), Category: namets.Category(v.FormValue("category")),
		PublishAt: v.TypedTime("publish_at", &old.PublishAt), IsPinned: v.Ticked("is_pinned"),
		IsActive: v.Ticked("is_active"), SendEmail: v.Ticked("send_email"),
	}
	var unread namets.Problems
	if v.Text("expire_at") != "" {
		at := v.TypedTime("expire_at", old.ExpireAt)
		if n.ExpireAt = &at; at.IsZero() {
			n.ExpireAt, unread = nil,
				namets.Problems{{Code: namets.Invalid, Field: "expire_at", Message: "must be a date and " +
					"a time, or empty"}}
		}
	}
	return n, joined(n.ValidateChange(page.StoredOf(&old, old.ID)), unread)
}
