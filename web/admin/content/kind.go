package content

import (
	"context"
	"net/http"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// kind describes the rows of one kind, T, that have a page each: a form with a history, and a
// question before they are deleted. Its handlers are the same for all kinds.
type kind[T any] struct {
	// admin has the store, of which read returns a row and its revision. Errors: NotFound.
	// update has also Conflict for another revision than the one that is stored. A nil create
	// leaves the rows to other pages.
	admin  *Admin
	read   func(s store, ctx context.Context, id int64) (row T, revision int64, err error)
	create func(s store, ctx context.Context, by namets.Actor, row T) (id int64, err error)
	update func(s store, ctx context.Context, by namets.Actor, revision int64, row T) error
	remove func(s store, ctx context.Context, by namets.Actor, id int64) error

	// path leads to the list, section is the name of the list, noun that of a row.
	path, section, noun string
	// newTitle is the heading of the form for a new row, and newButton what its button says; title
	// is the heading for a stored row.
	newTitle, newButton string
	title               func(row T) string
	// id returns the place of the row's id, which is 0 for a new one.
	id func(row *T) *int64
	// blank returns what the form for a new row begins with.
	blank func(v *page.Visit) (T, error)
	// fill puts the controls that show the row, and whatever else is of the kind, on its page.
	fill func(v *page.Visit, p *itemPage, row T) error
	// parse reads the form onto old, which is stored or, without an id, new. Errors: Problems.
	parse func(v *page.Visit, old T) (T, error)
	// saved returns where a saved row leads and what is said there. old is what was stored, or,
	// without an id, nothing.
	saved func(v *page.Visit, old, row T) (path, message string)
	// subject is what the history is about; empty: the page shows none. due is when the row's time
	// comes, for a history that tells it; a nil due, and a nil time, leave it out.
	subject namets.Kind
	due     func(row T) *time.Time
	// question calls the row by its name, and says what else is lost with it.
	question func(row T) (name string, facts []string)
	// list returns the path of the list that a deleted row was in; nil: that is path.
	list func(row T) string
}

// routes returns those of the page: viewers look, editors change.
func (k *kind[T]) routes() []page.Route {
	const viewer, editor = namets.Viewer, namets.Editor
	list := []page.Route{
		page.Get(k.path+"/:id", viewer, k.show),
		page.Post(k.path+"/:id", editor, k.save),
		page.Get(k.path+"/:id/delete", editor, k.askDelete),
		page.Post(k.path+"/:id/delete", editor, k.delete).Demanding("revision"),
	}
	if k.create != nil {
		list = append(list, page.Get(k.path+"/new", editor, k.new), page.Post(k.path, editor, k.add))
	}
	return list
}

// stored returns the row that the path names, and its revision. Errors: NotFound.
func (k *kind[T]) stored(v *page.Visit) (row T, revision int64, err error) {
	id, err := v.ID()
	if err != nil {
		return row, 0, err
	}
	return k.read(k.admin.store, v.Request().Context(), id)
}

// form returns the page of a row without its history. A new one has no revision.
func (k *kind[T]) form(v *page.Visit, title string, row T, revision int64) (*itemPage, error) {
	p := &itemPage{Base: v.Page(title), List: k.path, Section: k.section, Noun: k.noun, ID: *k.id(&row),
		Revision: revision, Number: v.Number(), Button: k.newButton}
	return p, k.fill(v, p, row)
}

func (k *kind[T]) show(v *page.Visit) error {
	row, revision, err := k.stored(v)
	if err != nil {
		return err
	}
	p, err := k.form(v, k.title(row), row, revision)
	if err != nil {
		return err
	}
	if k.subject != "" {
		var due *time.Time
		if k.due != nil {
			due = k.due(row)
		}
		if p.Timeline, err = k.admin.timeline(v, k.subject, p.ID, due, p.announced); err != nil {
			return err
		}
	}
	page.KeepsEmpty(p.Controls)
	return v.Render(http.StatusOK, "item", p)
}

func (k *kind[T]) new(v *page.Visit) error {
	row, err := k.blank(v)
	if err != nil {
		return err
	}
	p, err := k.form(v, k.newTitle, row, 0)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "item", p)
}

// add stores a new row, once although its form comes twice.
func (k *kind[T]) add(v *page.Visit) error {
	var none T
	row, err := k.parse(v, none)
	if err == nil {
		*k.id(&row), err = v.Once(v.Text("number"), func() (int64, error) {
			return k.create(k.admin.store, v.Request().Context(), v.Actor(), row)
		})
	}
	if err != nil {
		return k.again(v, err, k.newTitle, row, 0)
	}
	return v.Done(k.saved(v, none, row))
}

func (k *kind[T]) save(v *page.Visit) error {
	old, _, err := k.stored(v)
	if err != nil {
		return err
	}
	row, err := k.parse(v, old)
	if err == nil {
		err = k.update(k.admin.store, v.Request().Context(), v.Actor(), v.Revision(), row)
	}
	if err != nil {
		return k.again(v, err, k.title(old), row, v.Revision())
	}
	return v.Done(k.saved(v, old, row))
}

// again shows the form of a row that could not be stored, as it was typed, with what is wrong with
// it. When somebody else has changed the row meanwhile, what is stored now is there too; sending
// the form again then replaces that.
func (k *kind[T]) again(v *page.Visit, cause error, title string, row T, revision int64) error {
	p, err := k.form(v, title, row, revision)
	if err != nil {
		return err
	}
	if p.keepTyped(v); !p.blame(cause) {
		return cause
	}
	if p.ID != 0 {
		now, storedRevision, err := k.stored(v)
		if err != nil {
			return err
		}
		if storedRevision != revision {
			stored := &itemPage{ID: p.ID}
			if err := k.fill(v, stored, now); err != nil {
				return err
			}
			p.Stored, p.Revision = page.FactsOf(stored.Controls), storedRevision
		}
	}
	return v.Render(page.StatusOf(cause), "item", p)
}

// askDelete asks before a row is deleted.
func (k *kind[T]) askDelete(v *page.Visit) error {
	row, revision, err := k.stored(v)
	if err != nil {
		return err
	}
	name, facts := k.question(row)
	path := rowPath(k.path, *k.id(&row))
	return v.Confirm("Delete "+name, page.Confirmation{
		Lead: "This cannot be undone.", Facts: facts, Action: path + "/delete", Hidden: page.Seen(revision),
		Button: "Delete this " + k.noun, Danger: true, Back: path,
	})
}

// delete deletes a row as its sender has seen it. Sent twice, it is gone already.
func (k *kind[T]) delete(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	back := k.path
	row, stored, err := k.stored(v)
	switch {
	case err == nil && v.OtherRevision(stored):
		return v.ChangedMeanwhile(rowPath(k.path, id))
	case err == nil && k.list != nil:
		back = k.list(row)
	}
	return v.Deleted(k.remove(k.admin.store, v.Request().Context(), v.Actor(), id), back, k.noun)
}
