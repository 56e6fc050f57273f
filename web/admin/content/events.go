package content

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// eventStore reads and changes events.
type eventStore interface {
	EventList(ctx context.Context, f namets.ContentFilter, offset, limit int) ([]namets.Event, error)
	// Event returns an event and its revision. Errors: NotFound.
	Event(ctx context.Context, id int64) (namets.Event, int64, error)
	// EventAnnouncedAt returns the time when its notification was queued; nil: not queued.
	EventAnnouncedAt(ctx context.Context, id int64) (*time.Time, error)
	CreateEvent(ctx context.Context, by namets.Actor, e namets.Event) (int64, error)
	UpdateEvent(ctx context.Context, by namets.Actor, revision int64, e namets.Event) error
	DeleteEvent(ctx context.Context, by namets.Actor, id int64) error
	// CancelEvent cancels or revives an event. Errors: NotFound; Conflict for another revision.
	CancelEvent(ctx context.Context, by namets.Actor, id, revision int64, cancelled bool) error
}

const eventsPath = "/admin/events"

// eventCategories returns the choices for the category, by id.
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
		Lead: "All events, the latest first.", Other: link{"Categories", eventCategoriesPath},
		Empty: page.Empty{Title: "There are no events yet", Text: "An event stays on the site until it is over, " +
			"and can be e-mailed to everyone who wants events."},
	}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", eventsPath+"/new"
	}
	categories, err := a.eventCategories(v, "")
	if err != nil {
		return err
	}
	f, offset := p.filter(v, append(namets.Stages(), namets.Cancelled), categories)
	list, err := a.store.EventList(v.Request().Context(), f, offset, page.PerPage+1)
	if err != nil {
		return err
	}
	for i := range list {
		row := itemRow{Title: list[i].Title, Path: rowPath(eventsPath, list[i].ID), Stage: list[i].Stage(v.Now()),
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

// eventKind describes the page of an event.
func (a *Admin) eventKind() *kind[namets.Event] {
	return &kind[namets.Event]{
		admin: a, read: store.Event, create: store.CreateEvent, update: store.UpdateEvent, remove: store.DeleteEvent,
		path: eventsPath, section: "Events", noun: "event",
		newTitle: "New event", newButton: "Save",
		title: func(e namets.Event) string { return e.Title },
		id:    func(e *namets.Event) *int64 { return &e.ID },
		blank: func(v *page.Visit) (namets.Event, error) {
			return namets.NewEvent(v.Now().Truncate(time.Hour).Add(24 * time.Hour)), nil
		},
		fill: a.fillEvent, parse: parseEvent,
		saved: func(_ *page.Visit, _, e namets.Event) (path, message string) {
			return rowPath(eventsPath, e.ID), "The event is saved."
		},
		subject:  namets.KindEvents,
		question: func(e namets.Event) (name string, facts []string) { return quoted(e.Title), publicFacts() },
	}
}

// fillEvent fills the page with e.
func (a *Admin) fillEvent(v *page.Visit, p *itemPage, e namets.Event) (err error) {
	if e.ID != 0 {
		p.Stage, p.Action = e.Stage(v.Now()), cancelLink(&e)
		if p.announced, err = a.store.EventAnnouncedAt(v.Request().Context(), e.ID); err != nil {
			return err
		}
	}
	reach, err := a.reach(v, namets.EventCreated, p.announced)
	if err != nil {
		return err
	}
	selected := ""
	if e.CategoryID != nil {
		selected = strconv.FormatInt(*e.CategoryID, 10)
	}
	categories, err := a.eventCategories(v, selected)
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
			Hint: "If empty, it is made from the title."},
	), page.Checks(
		&page.Check{Name: "is_active", Label: "Active",
			Hint:    "Otherwise it is a draft: nobody sees it and nothing is sent.",
			Checked: e.IsActive},
		&page.Check{Name: "is_featured", Label: "Feature it", Checked: e.IsFeatured},
		&page.Check{Name: "send_email", Label: "Send it to everyone who wants events, as soon as it is active",
			Hint:    reach,
			Checked: e.SendEmail},
	)...)
	return err
}

// parseEvent applies the form to old, which is stored or, without an id, new. Errors: Problems.
func parseEvent(v *page.Visit, old namets.Event) (namets.Event, error) {
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
				namets.Problems{{Code: namets.Invalid, Field: "category_id", Message: "is not in the list"}}
		}
	}
	return e, joined(e.ValidateChange(page.StoredOf(&old, old.ID)), unread)
}
