package content

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// eventCategoryStore is what the pages about categories of events read and change.
type eventCategoryStore interface {
	// EventCategories returns all, by name.
	EventCategories(context.Context) ([]namets.EventCategory, error)
	// EventCategory returns one and its revision. Errors: NotFound.
	EventCategory(ctx context.Context, id int64) (namets.EventCategory, int64, error)
	CreateEventCategory(ctx context.Context, by namets.Actor, c namets.EventCategory) (int64, error)
	UpdateEventCategory(ctx context.Context, by namets.Actor, revision int64, c namets.EventCategory) error
	DeleteEventCategory(ctx context.Context, by namets.Actor, id int64) error
}

const eventCategoriesPath = "/admin/event-categories"

// categoriesPage lists the categories of events.
type categoriesPage struct {
	page.Base
	Rows  []namets.EventCategory
	Empty page.Empty
}

func (a *Admin) eventCategoryList(v *page.Visit) error {
	list, err := a.store.EventCategories(v.Request().Context())
	if err != nil {
		return err
	}
	p := &categoriesPage{Base: v.Page("Event categories"), Rows: list}
	p.Empty = page.Empty{Title: "There are no categories yet", Text: "Categories group events, such as " +
		"lectures and meals."}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", eventCategoriesPath+"/new"
	}
	return v.Render(http.StatusOK, "categories", p)
}

func categoryItem(v *page.Visit, title string, c namets.EventCategory, revision int64) *itemPage {
	return &itemPage{
		Base: v.Page(title), List: eventCategoriesPath, Section: "Event categories", Noun: "category", ID: c.ID,
		Revision: revision, Number: v.Number(),
		Controls: page.Fields(
			&page.Field{Name: "name", Label: "Name", Value: c.Name, Required: true, Max: 200},
			&page.Field{Name: "description", Label: "Description", Value: c.Description, Rows: 4, Max: 20000},
			&page.Field{Name: "slug", Label: "URL name", Value: c.Slug, Max: 60,
				Hint: "Empty: it is made from the name."},
		),
	}
}

func (a *Admin) newEventCategory(v *page.Visit) error {
	return showItem(v, categoryItem(v, "New category", namets.EventCategory{}, 0))
}

// storedCategory returns the category that the path names, and its page. Errors: NotFound.
func (a *Admin) storedCategory(v *page.Visit) (namets.EventCategory, *itemPage, error) {
	id, err := v.ID()
	if err != nil {
		return namets.EventCategory{}, nil, err
	}
	c, revision, err := a.store.EventCategory(v.Request().Context(), id)
	return c, categoryItem(v, c.Name, c, revision), err
}

func (a *Admin) eventCategory(v *page.Visit) error {
	_, p, err := a.storedCategory(v)
	if err != nil {
		return err
	}
	return showItem(v, p)
}

// postedCategory reads the form onto old, which is stored or, without an id, new. Errors: Problems.
func postedCategory(v *page.Visit, old namets.EventCategory) (namets.EventCategory, error) {
	c := namets.EventCategory{
		ID: old.ID, Name: v.LineOf("name", old.Name), Slug: v.LineOf("slug", old.Slug),
		Description: v.LongOf("description", old.Description),
	}
	return c, c.ValidateChange(page.StoredOf(&old, old.ID))
}

func (a *Admin) addEventCategory(v *page.Visit) error {
	c, err := postedCategory(v, namets.EventCategory{})
	if err == nil {
		_, err = v.Once(v.Text("number"), func() (int64, error) {
			return a.store.CreateEventCategory(v.Request().Context(), v.Actor(), c)
		})
	}
	if err != nil {
		return refill(v, err, categoryItem(v, "New category", c, 0), nil)
	}
	return v.Done(eventCategoriesPath, "The category is saved.")
}

func (a *Admin) saveEventCategory(v *page.Visit) error {
	old, stored, err := a.storedCategory(v)
	if err != nil {
		return err
	}
	c, err := postedCategory(v, old)
	if err == nil {
		err = a.store.UpdateEventCategory(v.Request().Context(), v.Actor(), v.Revision(), c)
	}
	if err != nil {
		return refill(v, err, categoryItem(v, stored.Title, c, v.Revision()), stored)
	}
	return v.Done(eventCategoriesPath, "The category is saved.")
}

func (a *Admin) confirmDeleteEventCategory(v *page.Visit) error {
	_, p, err := a.storedCategory(v)
	if err != nil {
		return err
	}
	return confirmDelete(v, eventCategoriesPath, "category", p.Title, p.ID, p.Revision,
		"Its events stay, without a category.")
}

func (a *Admin) deleteEventCategory(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.EventCategory(v.Request().Context(), id); err == nil && v.OtherRevision(stored) {
		return v.ChangedMeanwhile(eventCategoriesPath + "/" + strconv.FormatInt(id, 10))
	}
	return v.Deleted(a.store.DeleteEventCategory(v.Request().Context(), v.Actor(), id), eventCategoriesPath, "category")
}
