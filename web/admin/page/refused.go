package page

import (
	"net/http"
	"strings"

	"namets/internal/namets"
)

// gonePage is the "not found" page of the admin. If a form was sent to a row that somebody else has
// deleted, it shows the typed texts.
type gonePage struct {
	Base
	Section, List string // the list of the rows: name and path; empty: none
	Saved         savedForm
	TooLarge      bool // the typed texts are not shown again
	// New is the path at which the typed texts can create a new row; empty: there is none.
	New string
}

// Texts are the fields that a person has typed, with their labels.
func (p *gonePage) Texts() (list []Hidden) {
	for _, f := range p.Saved.Fields {
		if f.Value != "" && f.Value != "on" {
			list = append(list, Hidden{Capital(FieldNames([]string{f.Name})), f.Value})
		}
	}
	return list
}

// orGone turns a NotFound error into a page of the admin.
func (v *Visit) orGone(err error) error {
	if namets.CodeOf(err) != namets.NotFound || v.User.ID == 0 || v.Response().Committed {
		return err
	}
	p := &gonePage{Base: v.Page("There is nothing here")}
	base, ofRow := strings.CutSuffix(v.route.Path, "/:id")
	for _, g := range p.Menu {
		for _, e := range g.Entries {
			if e.Current {
				p.Section, p.List = e.Text, e.Path
			}
		}
	}
	if !v.route.reads() {
		saved, fits := v.keep(v.sent.form)
		if p.TooLarge = !fits; p.TooLarge {
			saved = savedForm{}
		}
		for _, f := range saved.Fields {
			if f.Name != "revision" && f.Name != "number" {
				p.Saved.Fields = append(p.Saved.Fields, f)
			}
		}
	}
	if len(p.Saved.Fields) > 0 && ofRow && v.IfOpen(base+"/new") != "" {
		p.New = base
	}
	return v.Render(http.StatusNotFound, "gone", p)
}

// refusedPage explains why the user may not do something.
type refusedPage struct {
	Base
	Needs  namets.Role
	Change bool // the request was a change, not a page
}

// refuse tells a user that the role does not allow the request.
func (v *Visit) refuse() error {
	v.kit.cfg.Accounts.Refused(v.Context, namets.RoleRefused, v.User, v.route.String())
	return v.Render(http.StatusForbidden, "refused", &refusedPage{Base: v.Page("Not allowed"), Needs: v.route.Needs,
		Change: !v.route.reads()})
}

// incompletePage says that a form did nothing because some of its fields are missing.
type incompletePage struct {
	Base
	Missing []string
	Back    string
}

// incomplete responds to a form that lacks the fields.
func (v *Visit) incomplete(missing []string) error {
	p := &incompletePage{Base: v.Page("The form is not complete"), Missing: missing, Back: "/admin/"}
	return v.Render(http.StatusBadRequest, "incomplete", p)
}
