package content

import (
	"context"
	"net/http"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// kind describes the pages of a kind of row, T: a form with a history, and a confirmation before a
// row is deleted. Its handlers are the same for all kinds.
type kind[T any] struct {
	// read returns a row and its revision. Errors: NotFound. update also returns Conflict if the
	// stored revision differs. A nil create means that other pages create the rows.
	admin  *Admin
	read   func(s store, ctx context.Context, id int64) (row T, revision int64, err error)
	create func(s store, ctx context.Context, by namets.Actor, row T) (id int64, err error)
	update func(s store, ctx context.Context, by namets.Actor, revision int64, row T) error
	remove func(s store, ctx context.Context, by namets.Actor, id int64) error

	// path is the path of the list, section the name of the list, noun that of a row.
	path, section, noun string
	// newTitle is the heading of the form for a new row and newButton its button; title is the
	// heading for a stored row.
	newTitle, newButton string
	title               func(row T) string
	// id returns a pointer to the row's id, which is 0 for a new row.
	id func(row *T) *int64
	// blank returns the initial values of the form for a new row.
	blank func(v *page.Visit) (T, error)
	// fill adds the controls of the row, and the rest that is specific to the kind, to its page.
	fill func(v *page.Visit, p *itemPage, row T) error
	// parse applies the form to old, which is stored or, without an id, new. Errors: Problems.
	parse func(v *page.Visit, old T) (T, error)
	// saved returns the path to redirect to after saving a row, and the message. old is the
	// previous row; without an id, the row is new.
	saved func(v *page.Visit, old, row T) (path, message string)
	// subject is the subject of the row's history; empty: the page has none. due returns the due
	// time of the row for its history; a nil due, and a nil time, omit it.
	subject namets.Kind
	due     func(row T) *time.Time
	// question returns the name of the row for the confirmation, and what else is lost with it.
	question func(row T) (name string, facts []string)
	// list returns the path of the list after a row was deleted; nil: path.
	list func(row T) string
}

// routes returns the routes of the pages: viewers read, editors change.
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

// stored returns the row of the path and its revision. Errors: NotFound.
func (k *kind[T]) stored(v *page.Visit) (row T, revision int64, err error) {
	id, err := v.ID()
	if err != nil {
		return row, 0, err
	}
	return k.read(k.admin.store, v.Request().Context(), id)
}

// form returns the page of a row without its history. A new row has no revision.
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

// add stores a new row, only once even if its form is sent twice.
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

// again shows the form of a row that could not be stored, with the input and the problems. If
// somebody else has changed the row in the meantime, it also shows the stored values; sending the
// form again then replaces them.
func (k *kind[T]) again(v *page.Visit, cause error, title string, row T, revision int64) error {
	p, err := k.form(v, title, row, revision)
	if err != nil {
		return err
	}
	if p.keepInput(v); !p.blame(cause) {
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

// askDelete asks the user to confirm the deletion of a row.
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

// delete deletes the revision of a row that the user has seen. If the form is sent twice, the row
// is already deleted.
func (k *kind[T]) delete(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	back := k.path
	row, stored, err := k.stored(v)
	switch {
	case err == nil && v.OtherRevision(stored):
		return v.ChangedMeanwhile(rowPath(k.path, id), "deleted")
	case err == nil && k.list != nil:
		back = k.list(row)
	}
	return v.Deleted(k.remove(k.admin.store, v.Request().Context(), v.Actor(), id), back, k.noun)
}
