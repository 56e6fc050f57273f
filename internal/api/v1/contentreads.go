package v1

import (
	"context"
	"net/http"

	"namets/internal/namets"
)

// The parameters of the lists of content.
type (
	listAnnouncements struct {
		Page
		Changed
		Found
		Status   string `query:"status" enum:"draft,scheduled,published,expired" doc:"The state now"`
		Category string `query:"category" enum:"general,ramadan,taaleem,sale" doc:"The category"`
	}
	listEvents struct {
		Page
		Changed
		Found
		Status     string `query:"status" enum:"draft,published,expired,cancelled" doc:"The state now"`
		CategoryID int64  `query:"category_id" minimum:"1" doc:"The id of the category"`
		From       moment `query:"from" doc:"Events that start then or later: a day of the site, or a time with an offset"`
		To         moment `query:"to" doc:"Events that start then or earlier; a day counts to its end"`
	}
	listCategories struct {
		Page
		Changed
		Found
	}
)

// addContentReads registers the reads of announcements, events and categories.
func (a *API) addContentReads() {
	read(a, operation{id: "listAnnouncements", path: "/announcements", tag: tagAnnouncements, scopes: readContent(),
		summary: "List the announcements", replies: []reply{rows[Announcement]("Announcements by id")},
	}, a.announcements)
	readOne(a, namets.KindAnnouncements, "/announcements", tagAnnouncements, readContent(),
		oneRow[Announcement](http.StatusOK, "The announcement"), readStore.AnnouncementRow,
		a.announcementRow)
	read(a, operation{id: "listEvents", path: "/events", tag: tagEvents, scopes: readContent(),
		summary: "List the events", replies: []reply{rows[Event]("Events by id")},
	}, a.events)
	readOne(a, namets.KindEvents, "/events", tagEvents, readContent(), oneRow[Event](http.StatusOK, "The event"),
		readStore.EventRow, a.eventRow)
	read(a, operation{id: "listCategories", path: "/categories", tag: tagCategories, scopes: readContent(),
		summary: "List the categories of events", replies: []reply{rows[Category]("Categories by id")},
	}, a.categories)
	readOne(a, namets.KindEventCategories, "/categories", tagCategories, readContent(),
		oneRow[Category](http.StatusOK, "The category"), readStore.CategoryRow, a.categoryRow)
}

func (a *API) announcements(ctx context.Context, r *Request, p *listAnnouncements) (*answer, error) {
	filter := namets.ContentFilter{Search: p.Q, Stage: namets.Stage(p.Status), Category: p.Category}
	form := a.form()
	return rowsOf(r, p.Limit, func(yield func(*namets.Announcement, int64) error) error {
		return a.store.AnnouncementPage(ctx, filter, p.rows(p.Changed), yield)
	}, func(b []byte, row *namets.Announcement, revision int64) ([]byte, string) {
		return form.AppendAnnouncement(b, row, revision), cursor(row.ID)
	})
}

func (a *API) events(ctx context.Context, r *Request, p *listEvents) (*answer, error) {
	filter := namets.ContentFilter{Search: p.Q, Stage: namets.Stage(p.Status)}
	if p.CategoryID > 0 {
		filter.Category = cursor(p.CategoryID)
	}
	page := namets.EventPage{RowPage: p.rows(p.Changed), From: p.From.begin(a.zone), To: p.To.end(a.zone)}
	form := a.form()
	return rowsOf(r, p.Limit, func(yield func(*namets.Event, int64) error) error {
		return a.store.EventPage(ctx, filter, page, yield)
	}, func(b []byte, row *namets.Event, revision int64) ([]byte, string) {
		return form.AppendEvent(b, row, revision), cursor(row.ID)
	})
}

func (a *API) categories(ctx context.Context, r *Request, p *listCategories) (*answer, error) {
	form := a.form()
	return rowsOf(r, p.Limit, func(yield func(*namets.EventCategory, int64) error) error {
		return a.store.CategoryPage(ctx, p.Q, p.rows(p.Changed), yield)
	}, func(b []byte, row *namets.EventCategory, revision int64) ([]byte, string) {
		return form.AppendCategory(b, row, revision), cursor(row.ID)
	})
}
