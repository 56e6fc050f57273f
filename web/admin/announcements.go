package admin

import (
	"context"
	"errors"
	"strconv"
	"time"

	"namets/internal/namets"
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

func (a *Admin) announcements(v *visit) error {
	p := &itemsPage{
		page: v.page("Announcements"), Base: announcementsPath, Noun: "announcement", Time: "Published",
		Lead: "What the committee publishes, the newest first.",
		Empty: emptyList{Title: "There are no announcements yet", Text: "An announcement is on the site from the " +
			"time you choose, and can reach everyone who wants to know about it."},
	}
	if v.may(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Write the first one", announcementsPath+"/new"
	}
	f, offset := p.filter(v, options("", namets.Categories()))
	list, err := a.store.AnnouncementList(v.Request().Context(), f, offset, perPage+1)
	if err != nil {
		return err
	}
	for i := range list {
		row := itemRow{
			Title: list[i].Title, Path: announcementPath(list[i].ID), Stage: list[i].Stage(a.now()),
			Category: capital(string(list[i].Category)), At: v.when(list[i].PublishAt), Email: list[i].SendEmail,
		}
		if list[i].IsPinned {
			row.Badge = "pinned"
		}
		p.Rows = append(p.Rows, row)
	}
	p.paginate(v, offset)
	return v.render(200, "items", p)
}

func announcementPath(id int64) string { return announcementsPath + "/" + strconv.FormatInt(id, 10) }

// announcementItem is the form of n, whose notification was queued at told.
func (v *visit) announcementItem(title string, n namets.Announcement, revision int64,
	announced *time.Time) (*itemPage, error) {
	reach, err := v.reach(namets.AnnouncementCreated, announced)
	p := &itemPage{page: v.page(title), Base: announcementsPath, Section: "Announcements",
		Noun: "announcement", ID: n.ID, Revision: revision, Number: v.number()}
	if n.ID != 0 {
		p.Stage = n.Stage(v.admin.now())
	}
	publish := ""
	if !n.PublishAt.IsZero() {
		publish = v.admin.typed(&n.PublishAt)
	}
	p.Controls = append(fields(
		&field{Name: "title", Label: "Title", Value: n.Title, Required: true, Max: 200},
		&field{Name: "content", Label: "Text", Value: n.Content, Required: true, Rows: 10, Max: 20000},
		&field{Name: "category", Label: "Category", Brief: true, Options: options(n.Category, namets.Categories())},
		&field{Name: "publish_at", Label: "Publish at", Value: publish, Type: "datetime-local", Required: true,
			Brief: true, Hint: v.zoneHint()},
		&field{Name: "expire_at", Label: "Expires", Value: v.admin.typed(n.ExpireAt), Type: "datetime-local",
			Brief: true, Hint: "Empty: it stays. " + v.zoneHint()},
		&field{Name: "slug", Label: "URL name", Value: n.Slug, Max: 60,
			Prefix: "/communications/announcements/", Hint: "Empty: it is made from the title."},
	), checks(
		&check{Name: "is_active", Label: "Active", Hint: "Otherwise it is a draft: nobody sees it and nothing is sent.",
			Checked: n.IsActive},
		&check{Name: "is_pinned", Label: "Pin to the top", Checked: n.IsPinned},
		&check{Name: "send_email", Label: "Send it to everyone who wants announcements, when it is published",
			Hint: reach, Checked: n.SendEmail},
	)...)
	return p, err
}

func (a *Admin) newAnnouncement(v *visit) error {
	p, err := v.announcementItem("New announcement", namets.Announcement{PublishAt: a.now(), Category: namets.General,
		IsActive: true}, 0, nil)
	if err != nil {
		return err
	}
	return v.showItem(p)
}

// storedAnnouncement returns the page of what is stored under the id, without its history.
func (v *visit) storedAnnouncement(id int64) (n namets.Announcement, announced *time.Time, p *itemPage, err error) {
	ctx, store := v.Request().Context(), v.admin.store
	n, revision, err := store.Announcement(ctx, id)
	if err != nil {
		return n, nil, nil, err
	}
	if announced, err = store.AnnouncementAnnouncedAt(ctx, id); err != nil {
		return n, nil, nil, err
	}
	p, err = v.announcementItem(n.Title, n, revision, announced)
	return n, announced, p, err
}

func (a *Admin) announcement(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	n, announced, p, err := v.storedAnnouncement(id)
	if err != nil {
		return err
	}
	due := &n.PublishAt
	if !n.IsActive {
		due = nil
	}
	if p.Timeline, err = v.timeline(namets.KindAnnouncements, id, due, "Published", announced); err != nil {
		return err
	}
	return v.showItem(p)
}

func (a *Admin) addAnnouncement(v *visit) error {
	n, err := v.postedAnnouncement(namets.Announcement{})
	if err == nil {
		n.ID, err = a.once.do(v.text("number"), func() (int64, error) {
			return a.store.CreateAnnouncement(v.Request().Context(), v.actor(), n)
		})
	}
	if err == nil {
		return v.done(announcementPath(n.ID), "The announcement is saved.")
	}
	p, pageErr := v.announcementItem("New announcement", n, 0, nil)
	if pageErr != nil {
		return pageErr
	}
	v.keepTyped(p)
	return v.refill(err, p, nil)
}

func (a *Admin) saveAnnouncement(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	old, announced, stored, err := v.storedAnnouncement(id)
	if err != nil {
		return err
	}
	n, err := v.postedAnnouncement(old)
	if err == nil {
		err = a.store.UpdateAnnouncement(v.Request().Context(), v.actor(), v.revision(), n)
	}
	if err == nil {
		return v.done(announcementPath(id), "The announcement is saved.")
	}
	p, pageErr := v.announcementItem(old.Title, n, v.revision(), announced)
	if pageErr != nil {
		return pageErr
	}
	v.keepTyped(p)
	return v.refill(err, p, stored)
}

// keepTyped puts what was typed back into the fields, also where it is no time.
func (v *visit) keepTyped(p *itemPage) {
	for _, c := range p.Controls {
		if c.Field != nil && c.Field.Options == nil {
			c.Field.Value = v.FormValue(c.Field.Name)
		}
	}
}

// postedAnnouncement reads the form onto old, which is stored or, without an id, new. Errors:
// Problems.
func (v *visit) postedAnnouncement(old namets.Announcement) (namets.Announcement, error) {
	n := namets.Announcement{
		ID: old.ID, Title: v.lineOf("title", old.Title), Slug: v.lineOf("slug", old.Slug),
		Content: v.longOf("content", old.Content), Category: namets.Category(v.FormValue("category")),
		PublishAt: v.typedTime("publish_at", &old.PublishAt), IsPinned: v.ticked("is_pinned"),
		IsActive: v.ticked("is_active"), SendEmail: v.ticked("send_email"),
	}
	var unread namets.Problems
	if v.text("expire_at") != "" {
		at := v.typedTime("expire_at", old.ExpireAt)
		if n.ExpireAt = &at; at.IsZero() {
			n.ExpireAt, unread = nil,
				namets.Problems{{Code: namets.Invalid, Field: "expire_at", Message: "must be a date and " +
					"a time, or empty"}}
		}
	}
	return n, joined(n.ValidateChange(storedOf(&old, old.ID)), unread)
}

// storedOf returns row, or nil for a new one, which has no id.
func storedOf[R any](row *R, id int64) *R {
	if id == 0 {
		return nil
	}
	return row
}

// joined adds to the problems of a row those that came up while its form was read.
func joined(err error, more namets.Problems) error {
	problems, _ := errors.AsType[namets.Problems](err)
	if problems = append(problems, more...); len(problems) > 0 {
		return problems
	}
	return err
}

func (a *Admin) confirmDeleteAnnouncement(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	n, revision, err := a.store.Announcement(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return v.confirmDelete(announcementsPath, "announcement", n.Title, id, revision, "It disappears from the site.",
		"What of it waits to be sent is not sent any more.")
}

func (a *Admin) deleteAnnouncement(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Announcement(v.Request().Context(), id); err == nil && v.otherRevision(stored) {
		return v.changedMeanwhile(announcementPath(id))
	}
	return v.deleted(a.store.DeleteAnnouncement(v.Request().Context(), v.actor(), id), announcementsPath,
		"announcement")
}
