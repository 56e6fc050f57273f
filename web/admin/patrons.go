package admin

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
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
	page
	Patrons []patronRow
	Empty   emptyList
}

type patronRow struct {
	namets.Patron
	Address string
	// Up and Down are the places to which the buttons move the patron.
	Up, Down    int
	First, Last bool
}

func (a *Admin) patrons(v *visit) error {
	list, err := a.store.Patrons(v.Request().Context())
	if err != nil {
		return err
	}
	p := &patronsPage{page: v.page("Patrons"), Empty: emptyList{Title: "There are no patrons yet",
		Text: "Patrons are people of honour. Those who wish it receive what is announced."}}
	if v.may(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", patronsPath+"/new"
	}
	for i, patron := range list {
		p.Patrons = append(p.Patrons, patronRow{patron, v.email(patron.Email), i - 1, i + 1, i == 0, i == len(list)-1})
	}
	return v.render(http.StatusOK, "patrons", p)
}

// patronPage is the form of one patron.
type patronPage struct {
	page
	ID, Revision                         int64 // 0 for a new one
	Number                               string
	Stored                               []fact // when somebody else has changed it meanwhile
	Faults                               []fault
	Name, Designation, Bio, Email, Order field
	Active, Receives                     check
}

func (v *visit) patronPage(title string, t namets.Patron, revision int64) *patronPage {
	return &patronPage{
		page: v.page(title), ID: t.ID, Revision: revision, Number: v.number(),
		Name:        field{Name: "name", Label: "Name", Value: t.Name, Required: true, Max: 200},
		Designation: field{Name: "designation", Label: "Title or office", Value: t.Designation, Max: 200},
		Bio:         field{Name: "bio", Label: "About this person", Value: t.Bio, Rows: 5, Max: 20000},
		Email:       emailField(t.Email, false),
		Order: field{Name: "hierarchy_order", Label: "Place in the order",
			Value: strconv.FormatInt(t.HierarchyOrder, 10),
			Type:  "number", Brief: true, Hint: "The lowest number comes first."},
		Active: check{Name: "is_active", Label: "Active", Checked: t.IsActive},
		Receives: check{Name: "receive_notifications", Label: "Receives what is announced",
			Hint:    "Announcements, events, changed prayer times and messages, when active and with an address.",
			Checked: t.ReceiveNotifications},
	}
}

func (a *Admin) newPatron(v *visit) error {
	list, err := a.store.Patrons(v.Request().Context())
	if err != nil {
		return err
	}
	t := namets.Patron{IsActive: true, ReceiveNotifications: true, HierarchyOrder: 1}
	if len(list) > 0 {
		t.HierarchyOrder = list[len(list)-1].HierarchyOrder + 1
	}
	return v.render(http.StatusOK, "patron", v.patronPage("Add a patron", t, 0))
}

// editPatron shows the form; to those who may not change anything, without a button and with the
// address masked.
func (a *Admin) editPatron(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	t, revision, err := a.store.Patron(v.Request().Context(), id)
	if err != nil {
		return err
	}
	t.Email = v.email(t.Email)
	p := v.patronPage(t.Name, t, revision)
	keepsEmpty(fields(&p.Name))
	return v.render(http.StatusOK, "patron", p)
}

func (a *Admin) addPatron(v *visit) error {
	t, err := v.postedPatron(namets.Patron{})
	if err == nil {
		_, err = a.once.do(v.text("number"), func() (int64, error) {
			return a.store.CreatePatron(v.Request().Context(), v.actor(), t)
		})
	}
	if err != nil {
		return v.badPatron(err, "Add a patron", t, 0)
	}
	return v.done(patronsPath, t.Name+" is added.")
}

func (a *Admin) savePatron(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	revision := v.revision()
	old, _, err := a.store.Patron(v.Request().Context(), id)
	if err != nil {
		return err
	}
	t, err := v.postedPatron(old)
	if err == nil {
		err = a.store.UpdatePatron(v.Request().Context(), v.actor(), revision, t)
	}
	if err != nil {
		return v.badPatron(err, cmp.Or(t.Name, "A patron without a name"), t, revision)
	}
	return v.done(patronsPath, t.Name+" is saved.")
}

// badPatron shows what was typed again, with what is wrong with it.
func (v *visit) badPatron(err error, title string, t namets.Patron, revision int64) error {
	p := v.patronPage(title, t, revision)
	p.Order.Value = v.text("hierarchy_order")
	if p.Faults = blame(err, &p.Name, &p.Designation, &p.Bio, &p.Email, &p.Order); p.Faults == nil {
		return err
	}
	if stale(err) {
		stored, revision, err := v.admin.store.Patron(v.Request().Context(), t.ID)
		if err != nil {
			return err
		}
		p.Stored, p.Revision = v.patronPage("", stored, revision).facts(), revision
	}
	return v.render(statusOf(err), "patron", p)
}

// facts are the values for comparing.
func (p *patronPage) facts() []fact {
	return factsOf(append(fields(&p.Name, &p.Designation, &p.Bio, &p.Email, &p.Order),
		checks(&p.Receives, &p.Active)...))
}

// postedPatron reads the form onto old, which is stored or, without an id, new. Errors: Problems.
func (v *visit) postedPatron(old namets.Patron) (namets.Patron, error) {
	t := namets.Patron{
		ID: old.ID, Name: v.lineOf("name", old.Name), Designation: v.lineOf("designation", old.Designation),
		Bio: v.longOf("bio", old.Bio), Email: v.emailOf("email", old.Email), HierarchyOrder: old.HierarchyOrder,
		IsActive: v.ticked("is_active"), ReceiveNotifications: v.ticked("receive_notifications"),
	}
	var unread namets.Problems
	if typed := v.text("hierarchy_order"); old.ID == 0 || typed != strconv.FormatInt(old.HierarchyOrder, 10) {
		order, err := strconv.ParseInt(typed, 10, 32)
		if t.HierarchyOrder = order; err != nil {
			unread = namets.Problems{{Code: namets.Invalid, Field: "hierarchy_order", Message: "must " +
				"be a whole number"}}
		}
	}
	return t, joined(t.ValidateChange(storedOf(&old, old.ID)), unread)
}

// statusOf is the status of a form that is shown again.
func statusOf(err error) int {
	if namets.CodeOf(err) == namets.Conflict {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// revision returns the revision of the row that the form was made from. A form without one
// overwrites nothing.
func (v *visit) revision() int64 {
	revision, err := strconv.ParseInt(v.FormValue("revision"), 10, 64)
	if err != nil || revision <= 0 {
		return -1
	}
	return revision
}

func (a *Admin) confirmDeletePatron(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	t, revision, err := a.store.Patron(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return v.confirm("Delete "+t.Name, confirmation{
		Lead: "This cannot be undone.", Facts: []string{"No webhook is sent."}, Hidden: seen(revision),
		Action: patronPath(id) + "/delete", Button: "Delete this patron", Danger: true, Back: patronPath(id),
	})
}

func (a *Admin) deletePatron(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Patron(v.Request().Context(), id); err == nil && v.otherRevision(stored) {
		return v.changedMeanwhile(patronPath(id))
	}
	err = a.store.DeletePatron(v.Request().Context(), v.actor(), id)
	if err != nil && namets.CodeOf(err) != namets.NotFound { // sent twice, it is gone already
		return err
	}
	return v.done(patronsPath, "The patron is deleted.")
}

func (a *Admin) movePatron(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	position, err := strconv.Atoi(v.FormValue("place"))
	if err != nil {
		return v.failed(patronsPath, "The order stays: the place is not a number.")
	}
	if err := a.store.MovePatron(v.Request().Context(), v.actor(), id, position); err != nil {
		return err
	}
	return v.done(patronsPath, "The order is changed.")
}
