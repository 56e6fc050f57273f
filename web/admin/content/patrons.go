package content

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// patronStore reads and changes patrons.
type patronStore interface {
	// Patrons returns all patrons in their order.
	Patrons(context.Context) ([]namets.Patron, error)
	// Patron returns a patron and its revision. Errors: NotFound.
	Patron(ctx context.Context, id int64) (namets.Patron, int64, error)
	CreatePatron(ctx context.Context, by namets.Actor, p namets.Patron) (id int64, err error)
	// UpdatePatron and DeletePatron: NotFound; Conflict if the stored revision differs.
	UpdatePatron(ctx context.Context, by namets.Actor, revision int64, p namets.Patron) error
	DeletePatron(ctx context.Context, by namets.Actor, id int64) error
	// MovePatron moves a patron to a position, counted from 0.
	MovePatron(ctx context.Context, by namets.Actor, id int64, position int) error
}

const patronsPath = "/admin/patrons"

// patronsPage lists the patrons in their order.
type patronsPage struct {
	page.Base
	Patrons []patronRow
	Empty   page.Empty
}

type patronRow struct {
	namets.Patron
	Address string
	// Up and Down are the new positions for the buttons that move the patron.
	Up, Down    int
	First, Last bool
}

func (a *Admin) patrons(v *page.Visit) error {
	list, err := a.store.Patrons(v.Request().Context())
	if err != nil {
		return err
	}
	p := &patronsPage{Base: v.Page("Patrons"), Empty: page.Empty{Title: "There are no patrons yet",
		Text: "Patrons are supporters of the community. They can receive announcements."}}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add the first one", patronsPath+"/new"
	}
	for i, patron := range list {
		p.Patrons = append(p.Patrons, patronRow{patron, v.Email(patron.Email), i - 1, i + 1, i == 0, i == len(list)-1})
	}
	return v.Render(http.StatusOK, "patrons", p)
}

// patronKind describes the page of a patron. Users who may not change anything see the address
// masked.
func (a *Admin) patronKind() *kind[namets.Patron] {
	return &kind[namets.Patron]{
		admin: a, read: store.Patron, create: store.CreatePatron, update: store.UpdatePatron,
		remove: store.DeletePatron,
		path:   patronsPath, section: "Patrons", noun: "patron",
		newTitle: "Add a patron", newButton: "Add this patron",
		title: func(t namets.Patron) string { return t.Name },
		id:    func(t *namets.Patron) *int64 { return &t.ID },
		blank: a.blankPatron, fill: fillPatron, parse: parsePatron,
		saved: func(_ *page.Visit, old, t namets.Patron) (path, message string) {
			if old.ID == 0 {
				return patronsPath, t.Name + " is added."
			}
			return patronsPath, t.Name + " is saved."
		},
		question: func(t namets.Patron) (name string, facts []string) {
			return t.Name, []string{"No webhook is sent."}
		},
	}
}

// blankPatron is a new patron at the end of the order.
func (a *Admin) blankPatron(v *page.Visit) (namets.Patron, error) {
	list, err := a.store.Patrons(v.Request().Context())
	return namets.NewPatron(list), err
}

// fillPatron fills the page with t.
func fillPatron(v *page.Visit, p *itemPage, t namets.Patron) error {
	email := page.EmailField(v.Email(t.Email), false)
	p.Controls = slices.Concat(page.Fields(
		&page.Field{Name: "name", Label: "Name", Value: t.Name, Required: true, Max: 200},
		&page.Field{Name: "designation", Label: "Title or office", Value: t.Designation, Max: 200},
		&page.Field{Name: "bio", Label: "About this person", Value: t.Bio, Rows: 5, Max: 20000},
		&email,
	), page.Checks(
		&page.Check{Name: "receive_notifications", Label: "Receives what is announced",
			Hint:    "Announcements, events, changed prayer times and messages, when active and with an address.",
			Checked: t.ReceiveNotifications},
		&page.Check{Name: "is_active", Label: "Active", Checked: t.IsActive},
	), page.Fields(
		&page.Field{Name: "hierarchy_order", Label: "Position",
			Value: strconv.FormatInt(t.HierarchyOrder, 10), Type: "number", Brief: true,
			Hint: "The lowest number comes first."},
	))
	if t.Designation != "" {
		p.Brief = append(p.Brief, page.Fact{Name: "Title or office", Value: t.Designation})
	}
	state := "inactive"
	if t.IsActive {
		state = "active"
	}
	p.Brief = append(p.Brief, page.Fact{Name: "Address", Value: email.Value}, page.Fact{Name: "State", Value: state})
	p.Text, p.Masked = t.Bio, true
	return nil
}

// parsePatron applies the form to old, which is stored or, without an id, new. Errors: Problems.
func parsePatron(v *page.Visit, old namets.Patron) (namets.Patron, error) {
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

func (a *Admin) movePatron(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	position, err := strconv.Atoi(v.FormValue("place"))
	if err != nil {
		return v.Failed(patronsPath, "The order is unchanged: the position is not a number.")
	}
	if err := a.store.MovePatron(v.Request().Context(), v.Actor(), id, position); err != nil {
		return err
	}
	return v.Done(patronsPath, "The order is changed.")
}
