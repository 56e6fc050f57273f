package admin

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
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
	page
	Rows  []namets.EventCategory
	Empty emptyList
}

func (a *Admin) eventCategoryList(v *visit) error {
	list, err := a.store.EventCategories(v.Request().Context())
	if err != nil {
		return err
	}
	p := &categoriesPage{page: v.page("Event categories"), Rows: list}
	p.Empty = emptyList{Title: "There are no categories yet", Text: "Categories group events, such as " +
		"lectures and meals."}
	if v.may(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", eventCategoriesPath+"/new"
	}
	return v.render(http.StatusOK, "categories", p)
}

func (v *visit) categoryItem(title string, c namets.EventCategory, revision int64) *itemPage {
	return &itemPage{
		page: v.page(title), Base: eventCategoriesPath, Section: "Event categories", Noun: "category", ID: c.ID,
		Revision: revision, Number: v.number(),
		Controls: fields(
			&field{Name: "name", Label: "Name", Value: c.Name, Required: true, Max: 200},
			&field{Name: "description", Label: "Description", Value: c.Description, Rows: 4, Max: 20000},
			&field{Name: "slug", Label: "URL name", Value: c.Slug, Max: 60,
				Hint: "Empty: it is made from the name."},
		),
	}
}

func (a *Admin) newEventCategory(v *visit) error {
	return v.showItem(v.categoryItem("New category", namets.EventCategory{}, 0))
}

// storedCategory returns the category that the path names, and its page. Errors: NotFound.
func (v *visit) storedCategory() (namets.EventCategory, *itemPage, error) {
	id, err := v.id()
	if err != nil {
		return namets.EventCategory{}, nil, err
	}
	c, revision, err := v.admin.store.EventCategory(v.Request().Context(), id)
	return c, v.categoryItem(c.Name, c, revision), err
}

func (a *Admin) eventCategory(v *visit) error {
	_, p, err := v.storedCategory()
	if err != nil {
		return err
	}
	return v.showItem(p)
}

// postedCategory reads the form onto old, which is stored or, without an id, new. Errors: Problems.
func (v *visit) postedCategory(old namets.EventCategory) (namets.EventCategory, error) {
	c := namets.EventCategory{
		ID: old.ID, Name: v.lineOf("name", old.Name), Slug: v.lineOf("slug", old.Slug),
		Description: v.longOf("description", old.Description),
	}
	return c, c.ValidateChange(storedOf(&old, old.ID))
}

func (a *Admin) addEventCategory(v *visit) error {
	c, err := v.postedCategory(namets.EventCategory{})
	if err == nil {
		_, err = a.once.do(v.text("number"), func() (int64, error) {
			return a.store.CreateEventCategory(v.Request().Context(), v.actor(), c)
		})
	}
	if err != nil {
		return v.refill(err, v.categoryItem("New category", c, 0), nil)
	}
	return v.done(eventCategoriesPath, "The category is saved.")
}

func (a *Admin) saveEventCategory(v *visit) error {
	old, stored, err := v.storedCategory()
	if err != nil {
		return err
	}
	c, err := v.postedCategory(old)
	if err == nil {
		err = a.store.UpdateEventCategory(v.Request().Context(), v.actor(), v.revision(), c)
	}
	if err != nil {
		return v.refill(err, v.categoryItem(stored.Title, c, v.revision()), stored)
	}
	return v.done(eventCategoriesPath, "The category is saved.")
}

func (a *Admin) confirmDeleteEventCategory(v *visit) error {
	_, p, err := v.storedCategory()
	if err != nil {
		return err
	}
	return v.confirmDelete(eventCategoriesPath, "category", p.Title, p.ID, p.Revision,
		"Its events stay, without a category.")
}

func (a *Admin) deleteEventCategory(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.EventCategory(v.Request().Context(), id); err == nil && v.otherRevision(stored) {
		return v.changedMeanwhile(eventCategoriesPath + "/" + strconv.FormatInt(id, 10))
	}
	return v.deleted(a.store.DeleteEventCategory(v.Request().Context(), v.actor(), id), eventCategoriesPath, "category")
}
