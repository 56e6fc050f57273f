package admin

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
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
func (v *visit) eventCategories(selected string) ([]option, error) {
	list, err := v.admin.store.EventCategories(v.Request().Context())
	choices := make([]option, len(list))
	for i, c := range list {
		id := strconv.FormatInt(c.ID, 10)
		choices[i] = option{id, c.Name, id == selected}
	}
	return choices, err
}

func (a *Admin) events(v *visit) error {
	p := &itemsPage{
		page: v.page("Events"), Base: eventsPath, Noun: "event", Time: "Begins",
		Lead: "What takes place, the latest first.", Other: link{"Categories", eventCategoriesPath},
		Empty: emptyList{Title: "There are no events yet", Text: "An event is on the site until it is over, and " +
			"can reach everyone who wants to know about events."},
	}
	if v.may(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", eventsPath+"/new"
	}
	categories, err := v.eventCategories("")
	if err != nil {
		return err
	}
	f, offset := p.filter(v, categories)
	list, err := a.store.EventList(v.Request().Context(), f, offset, perPage+1)
	if err != nil {
		return err
	}
	for i := range list {
		row := itemRow{Title: list[i].Title, Path: eventPath(list[i].ID), Stage: list[i].Stage(a.now()),
			At: v.when(list[i].Start)}
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
	return v.render(http.StatusOK, "items", p)
}

// eventItem is the form of e, whose notification was queued at told.
func (v *visit) eventItem(title string, e namets.Event, revision int64, announced *time.Time) (*itemPage, error) {
	reach, err := v.reach(namets.EventCreated, announced)
	if err != nil {
		return nil, err
	}
	selected := ""
	if e.CategoryID != nil {
		selected = strconv.FormatInt(*e.CategoryID, 10)
	}
	categories, err := v.eventCategories(selected)
	p := &itemPage{page: v.page(title), Base: eventsPath, Section: "Events", Noun: "event", ID: e.ID,
		Revision: revision, Number: v.number()}
	if e.ID != 0 {
		p.Stage = e.Stage(v.admin.now())
	}
	p.Controls = append(fields(
		&field{Name: "title", Label: "Title", Value: e.Title, Required: true, Max: 200},
		&field{Name: "description", Label: "Description", Value: e.Description, Rows: 8, Max: 20000},
		&field{Name: "start_datetime", Label: "Begins at", Value: v.admin.typed(&e.Start), Type: "datetime-local",
			Required: true, Brief: true, Hint: v.zoneHint()},
		&field{Name: "end_datetime", Label: "Ends at", Value: v.admin.typed(&e.End), Type: "datetime-local",
			Required: true, Brief: true, Hint: v.zoneHint()},
		&field{Name: "location", Label: "Place", Value: e.Location, Max: 200},
		&field{Name: "category_id", Label: "Category", Brief: true,
			Options: append([]option{{Text: "None", Selected: selected == ""}}, categories...)},
		&field{Name: "slug", Label: "URL name", Value: e.Slug, Max: 60, Prefix: "/events/",
			Hint: "Empty: it is made from the title."},
	), checks(
		&check{Name: "is_active", Label: "Active", Hint: "Otherwise it is a draft: nobody sees it and nothing is sent.",
			Checked: e.IsActive},
		&check{Name: "is_featured", Label: "Feature it", Checked: e.IsFeatured},
		&check{Name: "send_email", Label: "Send it to everyone who wants events, as soon as it is active", Hint: reach,
			Checked: e.SendEmail},
	)...)
	return p, err
}

func (a *Admin) newEvent(v *visit) error {
	start := a.now().Truncate(time.Hour).Add(24 * time.Hour)
	p, err := v.eventItem("New event", namets.Event{Start: start, End: start.Add(time.Hour), IsActive: true}, 0, nil)
	if err != nil {
		return err
	}
	return v.showItem(p)
}

// storedEvent returns the page of what is stored under the id, without its history.
func (v *visit) storedEvent(id int64) (e namets.Event, announced *time.Time, p *itemPage, err error) {
	ctx, store := v.Request().Context(), v.admin.store
	e, revision, err := store.Event(ctx, id)
	if err != nil {
		return e, nil, nil, err
	}
	if announced, err = store.EventAnnouncedAt(ctx, id); err != nil {
		return e, nil, nil, err
	}
	p, err = v.eventItem(e.Title, e, revision, announced)
	return e, announced, p, err
}

func (a *Admin) event(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	_, announced, p, err := v.storedEvent(id)
	if err != nil {
		return err
	}
	if p.Timeline, err = v.timeline(namets.KindEvents, id, nil, "", announced); err != nil {
		return err
	}
	return v.showItem(p)
}

func (a *Admin) addEvent(v *visit) error {
	e, err := v.postedEvent(namets.Event{})
	if err == nil {
		e.ID, err = a.once.do(v.text("number"), func() (int64, error) {
			return a.store.CreateEvent(v.Request().Context(), v.actor(), e)
		})
	}
	if err == nil {
		return v.done(eventPath(e.ID), "The event is saved.")
	}
	p, pageErr := v.eventItem("New event", e, 0, nil)
	if pageErr != nil {
		return pageErr
	}
	v.keepTyped(p)
	return v.refill(err, p, nil)
}

func (a *Admin) saveEvent(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	old, announced, stored, err := v.storedEvent(id)
	if err != nil {
		return err
	}
	e, err := v.postedEvent(old)
	if err == nil {
		err = a.store.UpdateEvent(v.Request().Context(), v.actor(), v.revision(), e)
	}
	if err == nil {
		return v.done(eventPath(id), "The event is saved.")
	}
	p, pageErr := v.eventItem(old.Title, e, v.revision(), announced)
	if pageErr != nil {
		return pageErr
	}
	v.keepTyped(p)
	return v.refill(err, p, stored)
}

// postedEvent reads the form onto old, which is stored or, without an id, new. Errors: Problems.
func (v *visit) postedEvent(old namets.Event) (namets.Event, error) {
	e := namets.Event{
		ID: old.ID, Title: v.lineOf("title", old.Title), Slug: v.lineOf("slug", old.Slug),
		Description: v.longOf("description", old.Description), Location: v.lineOf("location", old.Location),
		Start: v.typedTime("start_datetime", &old.Start), End: v.typedTime("end_datetime", &old.End),
		IsFeatured: v.ticked("is_featured"), IsActive: v.ticked("is_active"), SendEmail: v.ticked("send_email"),
	}
	var unread namets.Problems
	if text := v.text("category_id"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if e.CategoryID = &id; err != nil {
			e.CategoryID, unread = nil,
				namets.Problems{{Code: namets.Invalid, Field: "category_id", Message: "is none of those in the list"}}
		}
	}
	return e, joined(e.ValidateChange(storedOf(&old, old.ID)), unread)
}

func (a *Admin) confirmDeleteEvent(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	e, revision, err := a.store.Event(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return v.confirmDelete(eventsPath, "event", e.Title, id, revision, "It disappears from the site.",
		"What of it waits to be sent is not sent any more.")
}

func (a *Admin) deleteEvent(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Event(v.Request().Context(), id); err == nil && v.otherRevision(stored) {
		return v.changedMeanwhile(eventPath(id))
	}
	return v.deleted(a.store.DeleteEvent(v.Request().Context(), v.actor(), id), eventsPath, "event")
}
