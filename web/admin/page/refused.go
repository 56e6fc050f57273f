package page

import (
	"net/http"
	"strings"

	"namets/internal/namets"
)

// gonePage says, inside the admin, that there is nothing at an address. When a form was sent to a
// row that somebody else has deleted meanwhile, it hands back what was typed.
type gonePage struct {
	Base
	Section, List string // where the rows are listed: name and path; empty: nowhere
	Saved         savedForm
	TooLarge      bool // what was typed is not handed back
	// New is where what was typed makes a new row; empty: nowhere.
	New string
}

// Texts are the fields that a person has typed, with what they are called.
func (p *gonePage) Texts() (list []Hidden) {
	for _, f := range p.Saved.Fields {
		if f.Value != "" && f.Value != "on" {
			list = append(list, Hidden{Capital(FieldNames([]string{f.Name})), f.Value})
		}
	}
	return list
}

// orGone turns the error that there is no such row into a page of the admin.
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

// refusedPage says why somebody may not do a thing.
type refusedPage struct {
	Base
	Needs  namets.Role
	Change bool // rather than a page
}

// refuse tells a user that the role does not allow what was asked for.
func (v *Visit) refuse() error {
	v.kit.cfg.Accounts.Refused(v.Context, namets.RoleRefused, v.User, v.route.String())
	return v.Render(http.StatusForbidden, "refused", &refusedPage{Base: v.Page("Not allowed"), Needs: v.route.Needs,
		Change: !v.route.reads()})
}

// incompletePage says that a form did nothing because it has not all its fields.
type incompletePage struct {
	Base
	Missing []string
	Back    string
}

// incomplete answers a form without the fields.
func (v *Visit) incomplete(missing []string) error {
	p := &incompletePage{Base: v.Page("The form is not complete"), Missing: missing, Back: "/admin/"}
	return v.Render(http.StatusBadRequest, "incomplete", p)
}
