package content

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// eventStore is what the pages about events read and change.
type eventStore interface {
	EventList(ctx context.Context, f namets.ContentFilter, offset, limit int) ([]namets.Event, error)
	// Event returns one and its revision. Errors: NotFound.
	Event(ctx context.Context, id int64) (namets.Event, int64, error)
	// EventAnnouncedAt returns when its notification was queued; nil: it was not.
	EventAnnouncedAt(ctx context.Context, id int64) (*time.Time, error)
	CreateEvent(ctx context.Context, by namets.Actor, e namets.Event) (int64, error)
	UpdateEvent(ctx context.Context, by namets.Actor, revision int64, e namets.Event) error
	DeleteEvent(ctx context.Context, by namets.Actor, id int64) error
}

const eventsPath = "/admin/events"

func eventPath(id int64) string { return eventsPath + "/" + strconv.FormatInt(id, 10) }

// eventCategories returns the choice of a category, by id.
func (a *Admin) eventCategories(v *page.Visit, selected string) ([]page.Option, error) {
	list, err := a.store.EventCategories(v.Request().Context())
	choices := make([]page.Option, len(list))
	for i, c := range list {
		id := strconv.FormatInt(c.ID, 10)
		choices[i] = page.Option{Value: id, Text: c.Name, Selected: id == selected}
	}
	return choices, err
}

func (a *Admin) events(v *page.Visit) error {
	p := &itemsPage{
		Base: v.Page("Events"), List: eventsPath, Noun: "event", Time: "Begins",
		Lead: "What takes place, the latest first.", Other: link{"Categories", eventCategoriesPath},
		Empty: page.Empty{Title: "There are no events yet", Text: "An event is on the site until it is over, and " +
			"can reach everyone who wants to know about events."},
	}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", eventsPath+"/new"
	}
	categories, err := a.eventCategories(v, "")
	if err != nil {
		return err
	}
	f, offset := p.filter(v, categories)
	list, err := a.store.EventList(v.Request().Context(), f, offset, page.PerPage+1)
	if err != nil {
		return err
	}
	for i := range list {
		row := itemRow{Title: list[i].Title, Path: eventPath(list[i].ID), Stage: list[i].Stage(v.Now()),
			At: v.When(list[i].Start)}
		if list[i].IsFeatured {
			row.Badge = "featured"
		}
		for _, c := range categories {
			if list[i].CategoryID != nil && c.Value == strconv.FormatInt(*list[i].CategoryID, 10) {
				row.Category = c.Text
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.paginate(v, offset)
	return v.Render(http.StatusOK, "items", p)
}

// eventItem is the form of e, whose notification was queued at told.
func (a *Admin) eventItem(v *page.Visit, title string, e namets.Event, revision int64,
	announced *time.Time) (*itemPage, error) {
	reach, err := a.reach(v, namets.EventCreated, announced)
	if err != nil {
		return nil, err
	}
	selected := ""
	if e.CategoryID != nil {
		selected = strconv.FormatInt(*e.CategoryID, 10)
	}
	categories, err := a.eventCategories(v, selected)
	p := &itemPage{Base: v.Page(title), List: eventsPath, Section: "Events", Noun: "event", ID: e.ID,
		Revision: revision, Number: v.Number()}
	if e.ID != 0 {
		p.Stage = e.Stage(v.Now())
	}
	p.Controls = append(page.Fields(
		&page.Field{Name: "title", Label: "Title", Value: e.Title, Required: true, Max: 200},
		&page.Field{Name: "description", Label: "Description", Value: e.Description, Rows: 8, Max: 20000},
		&page.Field{Name: "start_datetime", Label: "Begins at", Value: v.Typed(&e.Start), Type: "datetime-local",
			Required: true, Brief: true, Hint: v.ZoneHint()},
		&page.Field{Name: "end_datetime", Label: "Ends at", Value: v.Typed(&e.End), Type: "datetime-local",
			Required: true, Brief: true, Hint: v.ZoneHint()},
		&page.Field{Name: "location", Label: "Place", Value: e.Location, Max: 200},
		&page.Field{Name: "category_id", Label: "Category", Brief: true,
			Options: append([]page.Option{{Text: "None", Selected: selected == ""}}, categories...)},
		&page.Field{Name: "slug", Label: "URL name", Value: e.Slug, Max: 60, Prefix: "/events/",
			Hint: "Empty: it is made from the title."},
	), page.Checks(
		&page.Check{Name: "is_active", Label: "Active",
			Hint:    "Otherwise it is a draft: nobody sees it and nothing is sent.",
			Checked: e.IsActive},
		&page.Check{Name: "is_featured", Label: "Feature it", Checked: e.IsFeatured},
		&page.Check{Name: "send_email", Label: "Send it to everyone who wants events, as soon as it is active",
			Hint:    reach,
			Checked: e.SendEmail},
	)...)
	return p, err
}

func (a *Admin) newEvent(v *page.Visit) error {
	start := v.Now().Truncate(time.Hour).Add(24 * time.Hour)
	p, err := a.eventItem(v, "New event", namets.Event{Start: start, End: start.Add(time.Hour), IsActive: true}, 0, nil)
	if err != nil {
		return err
	}
	return showItem(v, p)
}

// storedEvent returns the page of what is stored under the id, without its history.
func (a *Admin) storedEvent(v *page.Visit, id int64) (e namets.Event, announced *time.Time, p *itemPage, err error) {
	ctx, store := v.Request().Context(), a.store
	e, revision, err := store.Event(ctx, id)
	if err != nil {
		return e, nil, nil, err
	}
	if announced, err = store.EventAnnouncedAt(ctx, id); err != nil {
		return e, nil, nil, err
	}
	p, err = a.eventItem(v, e.Title, e, revision, announced)
	return e, announced, p, err
}

func (a *Admin) event(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	_, announced, p, err := a.storedEvent(v, id)
	if err != nil {
		return err
	}
	if p.Timeline, err = a.timeline(v, namets.KindEvents, id, nil, "", announced); err != nil {
		return err
	}
	return showItem(v, p)
}

func (a *Admin) addEvent(v *page.Visit) error {
	e, err := postedEvent(v, namets.Event{})
	if err == nil {
		e.ID, err = v.Once(v.Text("number"), func() (int64, error) {
			return a.store.CreateEvent(v.Request().Context(), v.Actor(), e)
		})
	}
	if err == nil {
		return v.Done(eventPath(e.ID), "The event is saved.")
	}
	p, pageErr := a.eventItem(v, "New event", e, 0, nil)
	if pageErr != nil {
		return pageErr
	}
	keepTyped(v, p)
	return refill(v, err, p, nil)
}

func (a *Admin) saveEvent(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	old, announced, stored, err := a.storedEvent(v, id)
	if err != nil {
		return err
	}
	e, err := postedEvent(v, old)
	if err == nil {
		err = a.store.UpdateEvent(v.Request().Context(), v.Actor(), v.Revision(), e)
	}
	if err == nil {
		return v.Done(eventPath(id), "The event is saved.")
	}
	p, pageErr := a.eventItem(v, old.Title, e, v.Revision(), announced)
	if pageErr != nil {
		return pageErr
	}
	keepTyped(v, p)
	return refill(v, err, p, stored)
}

// postedEvent reads the form onto old, which is stored or, without an id, new. Errors: Problems.
func postedEvent(v *page.Visit, old namets.Event) (namets.Event, error) {
	e := namets.Event{
		ID: old.ID, Title: v.LineOf("title", old.Title), Slug: v.LineOf("slug", old.Slug),
		Description: v.LongOf("description", old.Description), Location: v.LineOf("location", old.Location),
		Start: v.TypedTime("start_datetime", &old.Start), End: v.TypedTime("end_datetime", &old.End),
		IsFeatured: v.Ticked("is_featured"), IsActive: v.Ticked("is_active"), SendEmail: v.Ticked("send_email"),
	}
	var unread namets.Problems
	if text := v.Text("category_id"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if e.CategoryID = &id; err != nil {
			e.CategoryID, unread = nil,
				namets.Problems{{Code: namets.Invalid, Field: "category_id", Message: "is none of those in the list"}}
		}
	}
	return e, joined(e.ValidateChange(page.StoredOf(&old, old.ID)), unread)
}

func (a *Admin) confirmDeleteEvent(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	e, revision, err := a.store.Event(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return confirmDelete(v, eventsPath, "event", e.Title, id, revision, "It disappears from the site.",
		"What of it waits to be sent is not sent any more.")
}

func (a *Admin) deleteEvent(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Event(v.Request().Context(), id); err == nil && v.OtherRevision(stored) {
		return v.ChangedMeanwhile(eventPath(id))
	}
	return v.Deleted(a.store.DeleteEvent(v.Request().Context(), v.Actor(), id), eventsPath, "event")
}
