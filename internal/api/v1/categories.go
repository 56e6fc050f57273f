package v1

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
)

// categoryStore reads and writes the categories of events.
type categoryStore interface {
	EventCategories(context.Context) ([]namets.EventCategory, error)
	EventCategory(ctx context.Context, id int64) (namets.EventCategory, int64, error)
	CreateEventCategory(context.Context, namets.Actor, namets.EventCategory) (int64, error)
}

// Category describes a row.
type Category struct {
	Row
	Name        string `json:"name" doc:"What people call it"`
	Slug        string `json:"slug" doc:"Its name in URLs"`
	Description string `json:"description" doc:"More about it"`
}

// NewCategory is the body of a creation.
type NewCategory struct {
	Name        string `json:"name" minLength:"1" maxLength:"200" doc:"What people call it" example:"Lectures"`
	Slug        string `json:"slug,omitempty" maxLength:"60" doc:"Its name in URLs; made from the name if absent"`
	Description string `json:"description,omitempty" maxLength:"20000" doc:"More about it"`
}

// addCategories registers the operations on categories.
func (a *API) addCategories() {
	const tag = "Categories"
	read(a, operation{
		id: "listCategories", path: "/categories", tag: tag, scopes: namets.Scopes{namets.ScopeContentRead},
		summary: "List the categories of events", replies: []reply{rows[Category]("The categories by id")},
	}, a.listCategories)
	read(a, operation{
		id: "getCategory", path: "/categories/{id}", tag: tag, scopes: namets.Scopes{namets.ScopeContentRead},
		summary: "Get a category", replies: []reply{oneRow[Category](http.StatusOK, "The category")},
	}, a.getCategory)
	write(a, operation{
		id: "createCategory", method: http.MethodPost, path: "/categories", tag: tag,
		scopes: namets.Scopes{namets.ScopeContentWrite}, summary: "Add a category",
		replies: []reply{oneRow[Category](http.StatusCreated, "The new category")},
	}, a.createCategory)
}

func (a *API) listCategories(ctx context.Context, r *Request, p *Page) (*answer, error) {
	categories, err := a.store.EventCategories(ctx)
	if err != nil {
		return nil, err
	}
	form := a.form()
	l, last := newList(len(categories)), int64(0)
	for i := range categories {
		if c := &categories[i]; c.ID > p.After && l.rows < p.Limit {
			l.body, last = form.AppendCategory(l.next(), c, 0), c.ID
		}
	}
	return r.page(l, strconv.FormatInt(last, 10)), nil
}

// readCategory are the parameters of getCategory.
type readCategory struct {
	ByID
	Conditional
}

func (a *API) getCategory(ctx context.Context, _ *Request, p *readCategory) (*answer, error) {
	c, revision, err := a.store.EventCategory(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return p.row(a.form().AppendCategory(nil, &c, revision), tag(revision, "")), nil
}

func (a *API) createCategory(ctx context.Context, r *Request, _ *struct{}, b *NewCategory) (*answer, error) {
	c := namets.EventCategory{Name: b.Name, Slug: b.Slug, Description: b.Description}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	id, err := a.store.CreateEventCategory(ctx, r.Actor(), c)
	if err != nil {
		return nil, err
	}
	c, revision, err := a.store.EventCategory(ctx, id)
	if err != nil {
		return nil, err
	}
	return written(a.form().AppendCategory(nil, &c, revision), tag(revision, ""), true), nil
}
