package content

import (
	"context"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// announcementStore is what the pages about announcements read and change.
type announcementStore interface {
	AnnouncementList(ctx context.Context, f namets.ContentFilter, offset, limit int) ([]namets.Announcement, error)
	// Announcement returns one and its revision. Errors: NotFound.
	Announcement(ctx context.Context, id int64) (namets.Announcement, int64, error)
	// AnnouncementAnnouncedAt returns when its notification was queued; nil: it was not.
	AnnouncementAnnouncedAt(ctx context.Context, id int64) (*time.Time, error)
	CreateAnnouncement(ctx context.Context, by namets.Actor, a namets.Announcement) (int64, error)
	UpdateAnnouncement(ctx context.Context, by namets.Actor, revision int64, a namets.Announcement) error
	DeleteAnnouncement(ctx context.Context, by namets.Actor, id int64) error
}

const announcementsPath = "/admin/announcements"

func (a *Admin) announcements(v *page.Visit) error {
	p := &itemsPage{
		Base: v.Page("Announcements"), List: announcementsPath, Noun: "announcement", Time: "Published",
		Lead: "What the committee publishes, the newest first.",
		Empty: page.Empty{Title: "There are no announcements yet", Text: "An announcement is on the site from the " +
			"time you choose, and can reach everyone who wants to know about it."},
	}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Write the first one", announcementsPath+"/new"
	}
	f, offset := p.filter(v, page.Options("", namets.Categories()))
	list, err := a.store.AnnouncementList(v.Request().Context(), f, offset, page.PerPage+1)
	if err != nil {
		return err
	}
	for i := range list {
		row := itemRow{
			Title: list[i].Title, Path: announcementPath(list[i].ID), Stage: list[i].Stage(v.Now()),
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

func announcementPath(id int64) string { return announcementsPath + "/" + strconv.FormatInt(id, 10) }

// announcementItem is the form of n, whose notification was queued at told.
func (a *Admin) announcementItem(v *page.Visit, title string, n namets.Announcement, revision int64,
	announced *time.Time) (*itemPage, error) {
	reach, err := a.reach(v, namets.AnnouncementCreated, announced)
	p := &itemPage{Base: v.Page(title), List: announcementsPath, Section: "Announcements",
		Noun: "announcement", ID: n.ID, Revision: revision, Number: v.Number()}
	if n.ID != 0 {
		p.Stage = n.Stage(v.Now())
	}
	publish := ""
	if !n.PublishAt.IsZero() {
		publish = v.Typed(&n.PublishAt)
	}
	p.Controls = append(page.Fields(
		&page.Field{Name: "title", Label: "Title", Value: n.Title, Required: true, Max: 200},
		&page.Field{Name: "content", Label: "Text", Value: n.Content, Required: true, Rows: 10, Max: 20000},
		&page.Field{Name: "category", Label: "Category", Brief: true, Options: page.Options(n.Category,
			namets.Categories())},
		&page.Field{Name: "publish_at", Label: "Publish at", Value: publish, Type: "datetime-local", Required: true,
			Brief: true, Hint: v.ZoneHint()},
		&page.Field{Name: "expire_at", Label: "Expires", Value: v.Typed(n.ExpireAt), Type: "datetime-local",
			Brief: true, Hint: "Empty: it stays. " + v.ZoneHint()},
		&page.Field{Name: "slug", Label: "URL name", Value: n.Slug, Max: 60,
			Prefix: "/communications/announcements/", Hint: "Empty: it is made from the title."},
	), page.Checks(
		&page.Check{Name: "is_active", Label: "Active",
			Hint:    "Otherwise it is a draft: nobody sees it and nothing is sent.",
			Checked: n.IsActive},
		&page.Check{Name: "is_pinned", Label: "Pin to the top", Checked: n.IsPinned},
		&page.Check{Name: "send_email", Label: "Send it to everyone who wants announcements, when it is published",
			Hint: reach, Checked: n.SendEmail},
	)...)
	return p, err
}

func (a *Admin) newAnnouncement(v *page.Visit) error {
	p, err := a.announcementItem(v, "New announcement", namets.Announcement{PublishAt: v.Now(),
		Category: namets.General,
		IsActive: true}, 0, nil)
	if err != nil {
		return err
	}
	return showItem(v, p)
}

// storedAnnouncement returns the page of what is stored under the id, without its history.
func (a *Admin) storedAnnouncement(v *page.Visit, id int64) (n namets.Announcement, announced *time.Time, p *itemPage,
	err error) {
	ctx, store := v.Request().Context(), a.store
	n, revision, err := store.Announcement(ctx, id)
	if err != nil {
		return n, nil, nil, err
	}
	if announced, err = store.AnnouncementAnnouncedAt(ctx, id); err != nil {
		return n, nil, nil, err
	}
	p, err = a.announcementItem(v, n.Title, n, revision, announced)
	return n, announced, p, err
}

func (a *Admin) announcement(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	n, announced, p, err := a.storedAnnouncement(v, id)
	if err != nil {
		return err
	}
	due := &n.PublishAt
	if !n.IsActive {
		due = nil
	}
	if p.Timeline, err = a.timeline(v, namets.KindAnnouncements, id, due, "Published", announced); err != nil {
		return err
	}
	return showItem(v, p)
}

func (a *Admin) addAnnouncement(v *page.Visit) error {
	n, err := postedAnnouncement(v, namets.Announcement{})
	if err == nil {
		n.ID, err = v.Once(v.Text("number"), func() (int64, error) {
			return a.store.CreateAnnouncement(v.Request().Context(), v.Actor(), n)
		})
	}
	if err == nil {
		return v.Done(announcementPath(n.ID), "The announcement is saved.")
	}
	p, pageErr := a.announcementItem(v, "New announcement", n, 0, nil)
	if pageErr != nil {
		return pageErr
	}
	keepTyped(v, p)
	return refill(v, err, p, nil)
}

func (a *Admin) saveAnnouncement(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	old, announced, stored, err := a.storedAnnouncement(v, id)
	if err != nil {
		return err
	}
	n, err := postedAnnouncement(v, old)
	if err == nil {
		err = a.store.UpdateAnnouncement(v.Request().Context(), v.Actor(), v.Revision(), n)
	}
	if err == nil {
		return v.Done(announcementPath(id), "The announcement is saved.")
	}
	p, pageErr := a.announcementItem(v, old.Title, n, v.Revision(), announced)
	if pageErr != nil {
		return pageErr
	}
	keepTyped(v, p)
	return refill(v, err, p, stored)
}

// postedAnnouncement reads the form onto old, which is stored or, without an id, new. Errors:
// Problems.
func postedAnnouncement(v *page.Visit, old namets.Announcement) (namets.Announcement, error) {
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

func (a *Admin) confirmDeleteAnnouncement(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	n, revision, err := a.store.Announcement(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return confirmDelete(v, announcementsPath, "announcement", n.Title, id, revision, "It disappears from the site.",
		"What of it waits to be sent is not sent any more.")
}

func (a *Admin) deleteAnnouncement(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Announcement(v.Request().Context(), id); err == nil && v.OtherRevision(stored) {
		return v.ChangedMeanwhile(announcementPath(id))
	}
	return v.Deleted(a.store.DeleteAnnouncement(v.Request().Context(), v.Actor(), id), announcementsPath,
		"announcement")
}
