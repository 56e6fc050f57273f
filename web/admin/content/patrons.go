package content

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// patronStore is what the pages about patrons read and change.
type patronStore interface {
	// Patrons returns all patrons in their order.
	Patrons(context.Context) ([]namets.Patron, error)
	// Patron returns one and its revision. Errors: NotFound.
	Patron(ctx context.Context, id int64) (namets.Patron, int64, error)
	CreatePatron(ctx context.Context, by namets.Actor, p namets.Patron) (id int64, err error)
	// UpdatePatron and DeletePatron: NotFound; Conflict for another revision.
	UpdatePatron(ctx context.Context, by namets.Actor, revision int64, p namets.Patron) error
	DeletePatron(ctx context.Context, by namets.Actor, id int64) error
	// MovePatron puts one at a place, from 0.
	MovePatron(ctx context.Context, by namets.Actor, id int64, position int) error
}

const patronsPath = "/admin/patrons"

func patronPath(id int64) string { return patronsPath + "/" + strconv.FormatInt(id, 10) }

// patronsPage lists the patrons in their order.
type patronsPage struct {
	page.Base
	Patrons []patronRow
	Empty   page.Empty
}

type patronRow struct {
	namets.Patron
	Address string
	// Up and Down are the places to which the buttons move the patron.
	Up, Down    int
	First, Last bool
}

func (a *Admin) patrons(v *page.Visit) error {
	list, err := a.store.Patrons(v.Request().Context())
	if err != nil {
		return err
	}
	p := &patronsPage{Base: v.Page("Patrons"), Empty: page.Empty{Title: "There are no patrons yet",
		Text: "Patrons are people of honour. Those who wish it receive what is announced."}}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", patronsPath+"/new"
	}
	for i, patron := range list {
		p.Patrons = append(p.Patrons, patronRow{patron, v.Email(patron.Email), i - 1, i + 1, i == 0, i == len(list)-1})
	}
	return v.Render(http.StatusOK, "patrons", p)
}

// patronPage is the form of one patron.
type patronPage struct {
	page.Base
	ID, Revision                         int64 // 0 for a new one
	Number                               string
	Stored                               []page.Fact // when somebody else has changed it meanwhile
	Faults                               []page.Fault
	Name, Designation, Bio, Email, Order page.Field
	Active, Receives                     page.Check
}

func (a *Admin) patronPage(v *page.Visit, title string, t namets.Patron, revision int64) *patronPage {
	return &patronPage{
		Base: v.Page(title), ID: t.ID, Revision: revision, Number: v.Number(),
		Name:        page.Field{Name: "name", Label: "Name", Value: t.Name, Required: true, Max: 200},
		Designation: page.Field{Name: "designation", Label: "Title or office", Value: t.Designation, Max: 200},
		Bio:         page.Field{Name: "bio", Label: "About this person", Value: t.Bio, Rows: 5, Max: 20000},
		Email:       page.EmailField(t.Email, false),
		Order: page.Field{Name: "hierarchy_order", Label: "Place in the order",
			Value: strconv.FormatInt(t.HierarchyOrder, 10),
			Type:  "number", Brief: true, Hint: "The lowest number comes first."},
		Active: page.Check{Name: "is_active", Label: "Active", Checked: t.IsActive},
		Receives: page.Check{Name: "receive_notifications", Label: "Receives what is announced",
			Hint:    "Announcements, events, changed prayer times and messages, when active and with an address.",
			Checked: t.ReceiveNotifications},
	}
}

func (a *Admin) newPatron(v *page.Visit) error {
	list, err := a.store.Patrons(v.Request().Context())
	if err != nil {
		return err
	}
	t := namets.Patron{IsActive: true, ReceiveNotifications: true, HierarchyOrder: 1}
	if len(list) > 0 {
		t.HierarchyOrder = list[len(list)-1].HierarchyOrder + 1
	}
	return v.Render(http.StatusOK, "patron", a.patronPage(v, "Add a patron", t, 0))
}

// editPatron shows the form; to those who may not change anything, without a button and with the
// address masked.
func (a *Admin) editPatron(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	t, revision, err := a.store.Patron(v.Request().Context(), id)
	if err != nil {
		return err
	}
	t.Email = v.Email(t.Email)
	p := a.patronPage(v, t.Name, t, revision)
	page.KeepsEmpty(page.Fields(&p.Name))
	return v.Render(http.StatusOK, "patron", p)
}

func (a *Admin) addPatron(v *page.Visit) error {
	t, err := postedPatron(v, namets.Patron{})
	if err == nil {
		_, err = v.Once(v.Text("number"), func() (int64, error) {
			return a.store.CreatePatron(v.Request().Context(), v.Actor(), t)
		})
	}
	if err != nil {
		return a.badPatron(v, err, "Add a patron", t, 0)
	}
	return v.Done(patronsPath, t.Name+" is added.")
}

func (a *Admin) savePatron(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	revision := v.Revision()
	old, _, err := a.store.Patron(v.Request().Context(), id)
	if err != nil {
		return err
	}
	t, err := postedPatron(v, old)
	if err == nil {
		err = a.store.UpdatePatron(v.Request().Context(), v.Actor(), revision, t)
	}
	if err != nil {
		return a.badPatron(v, err, cmp.Or(t.Name, "A patron without a name"), t, revision)
	}
	return v.Done(patronsPath, t.Name+" is saved.")
}

// badPatron shows what was typed again, with what is wrong with it.
func (a *Admin) badPatron(v *page.Visit, err error, title string, t namets.Patron, revision int64) error {
	p := a.patronPage(v, title, t, revision)
	p.Order.Value = v.Text("hierarchy_order")
	if p.Faults = page.Blame(err, &p.Name, &p.Designation, &p.Bio, &p.Email, &p.Order); p.Faults == nil {
		return err
	}
	if page.Stale(err) {
		stored, revision, err := a.store.Patron(v.Request().Context(), t.ID)
		if err != nil {
			return err
		}
		p.Stored, p.Revision = a.patronPage(v, "", stored, revision).facts(), revision
	}
	return v.Render(page.StatusOf(err), "patron", p)
}

// facts are the values for comparing.
func (p *patronPage) facts() []page.Fact {
	return page.FactsOf(append(page.Fields(&p.Name, &p.Designation, &p.Bio, &p.Email, &p.Order),
		page.Checks(&p.Receives, &p.Active)...))
}

// postedPatron reads the form onto old, which is stored or, without an id, new. Errors: Problems.
func postedPatron(v *page.Visit, old namets.Patron) (namets.Patron, error) {
	t := namets.Patron{
		ID: old.ID, Name: v.LineOf("name", old.Name), Designation: v.LineOf("designation", old.Designation),
		Bio: v.LongOf("bio", old.Bio), Email: v.EmailOf("email", old.Email), HierarchyOrder: old.HierarchyOrder,
		IsActive: v.Ticked("is_active"), ReceiveNotifications: v.Ticked("receive_notifications"),
	}
	var unread namets.Problems
	if typed := v.Text("hierarchy_order"); old.ID == 0 || typed != strconv.FormatInt(old.HierarchyOrder, 10) {
		order, err := strconv.ParseInt(typed, 10, 32)
		if t.HierarchyOrder = order; err != nil {
			unread = namets.Problems{{Code: namets.Invalid, Field: "hierarchy_order", Message: "must " +
				"be a whole number"}}
		}
	}
	return t, joined(t.ValidateChange(page.StoredOf(&old, old.ID)), unread)
}

func (a *Admin) confirmDeletePatron(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	t, revision, err := a.store.Patron(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return v.Confirm("Delete "+t.Name, page.Confirmation{
		Lead: "This cannot be undone.", Facts: []string{"No webhook is sent."}, Hidden: page.Seen(revision),
		Action: patronPath(id) + "/delete", Button: "Delete this patron", Danger: true, Back: patronPath(id),
	})
}

func (a *Admin) deletePatron(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Patron(v.Request().Context(), id); err == nil && v.OtherRevision(stored) {
		return v.ChangedMeanwhile(patronPath(id))
	}
	err = a.store.DeletePatron(v.Request().Context(), v.Actor(), id)
	if err != nil && namets.CodeOf(err) != namets.NotFound { // sent twice, it is gone already
		return err
	}
	return v.Done(patronsPath, "The patron is deleted.")
}

func (a *Admin) movePatron(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	position, err := strconv.Atoi(v.FormValue("place"))
	if err != nil {
		return v.Failed(patronsPath, "The order stays: the place is not a number.")
	}
	if err := a.store.MovePatron(v.Request().Context(), v.Actor(), id, position); err != nil {
		return err
	}
	return v.Done(patronsPath, "The order is changed.")
}
