package v1

import (
	"context"
	"net/http"

	"namets/internal/namets"
)

// categoryStore reads and writes the categories of events.
type categoryStore interface {
	EventCategory(ctx context.Context, id int64) (namets.EventCategory, int64, error)
	CreateEventCategory(context.Context, namets.Actor, namets.EventCategory) (int64, error)
}

// NewCategory is the body of a creation.
type NewCategory struct {
	Name        string `json:"name" minLength:"1" maxLength:"200" doc:"What people call it" example:"Lectures"`
	Slug        string `json:"slug,omitempty" maxLength:"60" doc:"Its name in URLs; made from the name if absent"`
	Description string `json:"description,omitempty" maxLength:"20000" doc:"More about it"`
}

// addCategories registers the operations on categories.
func (a *API) addCategories() {
	write(a, operation{
		id: "createCategory", method: http.MethodPost, path: "/categories", tag: tagCategories,
		scopes: namets.Scopes{namets.ScopeContentWrite}, summary: "Add a category",
		replies: []reply{oneRow[Category](http.StatusCreated, "The new category")},
	}, a.createCategory)
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
