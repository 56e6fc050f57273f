package content

import (
	"context"
	"net/http"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// eventCategoryStore reads and changes the categories of events.
type eventCategoryStore interface {
	// EventCategories returns all categories, by name.
	EventCategories(context.Context) ([]namets.EventCategory, error)
	// EventCategory returns a category and its revision. Errors: NotFound.
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

// categoryKind describes the page of a category.
func (a *Admin) categoryKind() *kind[namets.EventCategory] {
	return &kind[namets.EventCategory]{
		admin: a, read: store.EventCategory, create: store.CreateEventCategory, update: store.UpdateEventCategory,
		remove: store.DeleteEventCategory,
		path:   eventCategoriesPath, section: "Event categories", noun: "category",
		newTitle: "New category", newButton: "Save",
		title: func(c namets.EventCategory) string { return c.Name },
		id:    func(c *namets.EventCategory) *int64 { return &c.ID },
		blank: func(*page.Visit) (c namets.EventCategory, err error) { return c, nil },
		fill:  fillCategory, parse: parseCategory,
		saved: func(*page.Visit, namets.EventCategory, namets.EventCategory) (path, message string) {
			return eventCategoriesPath, "The category is saved."
		},
		question: func(c namets.EventCategory) (name string, facts []string) {
			return quoted(c.Name), []string{"Its events stay, without a category."}
		},
	}
}

// fillCategory fills the page with c.
func fillCategory(_ *page.Visit, p *itemPage, c namets.EventCategory) error {
	p.Controls = page.Fields(
		&page.Field{Name: "name", Label: "Name", Value: c.Name, Required: true, Max: 200},
		&page.Field{Name: "description", Label: "Description", Value: c.Description, Rows: 4, Max: 20000},
		&page.Field{Name: "slug", Label: "URL name", Value: c.Slug, Max: 60,
			Hint: "If empty, it is made from the name."},
	)
	return nil
}

// parseCategory applies the form to old, which is stored or, without an id, new. Errors: Problems.
func parseCategory(v *page.Visit, old namets.EventCategory) (namets.EventCategory, error) {
	c := namets.EventCategory{
		ID: old.ID, Name: v.LineOf("name", old.Name), Slug: v.LineOf("slug", old.Slug),
		Description: v.LongOf("description", old.Description),
	}
	return c, c.ValidateChange(page.StoredOf(&old, old.ID))
}
