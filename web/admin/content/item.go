package content

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// itemPage is the form of one row, with its history; its template is item.html.
type itemPage struct {
	page.Base
	List, Section string // the list to which it belongs: path and name
	Noun          string
	ID, Revision  int64  // 0 for a new one
	Number        string // of a form for a new one: sent twice, it makes one
	Button        string // that of a form for a new one
	Lead          string // is below the heading
	Stage         namets.Stage
	Faults        []page.Fault
	Controls      []page.Control
	// Stored is what is in the database when somebody else has changed it meanwhile, else
	// empty.
	Stored   []page.Fact
	Timeline []step
	// Brief are the values for those who cannot change them, followed by a text; nil: those of the
	// controls.
	Brief []page.Fact
	Text  string
	// Masked says that those who cannot change anything do not see addresses either.
	Masked bool

	announced *time.Time // when its notification was queued; nil: it was not
}

// Moving reports whether the timeline may change at any moment.
func (p *itemPage) Moving() bool {
	return slices.ContainsFunc(p.Timeline, func(s step) bool { return s.moving })
}

// Facts are the values for those who cannot change them.
func (p *itemPage) Facts() []page.Fact {
	if p.Brief != nil {
		return p.Brief
	}
	return page.FactsOf(p.Controls)
}

// keepTyped puts what was typed back into the fields, also where it is no time or no number.
func (p *itemPage) keepTyped(v *page.Visit) {
	for _, c := range p.Controls {
		if c.Field != nil && c.Field.Options == nil {
			c.Field.Value = v.FormValue(c.Field.Name)
		}
	}
}

// blame says at the fields what is wrong with them, and reports false when err is not the fault of
// what was typed.
func (p *itemPage) blame(err error) bool {
	var list []*page.Field
	for _, c := range p.Controls {
		if c.Field != nil {
			list = append(list, c.Field)
		}
	}
	p.Faults = page.Blame(err, list...)
	return p.Faults != nil
}

// joined adds to the problems of a row those that came up while its form was read.
func joined(err error, more namets.Problems) error {
	problems, _ := errors.AsType[namets.Problems](err)
	if problems = append(problems, more...); len(problems) > 0 {
		return problems
	}
	return err
}

// reach says whom a notification reaches, before it is sent.
func (a *Admin) reach(v *page.Visit, kind namets.NotificationKind, announced *time.Time) (string, error) {
	if announced != nil {
		return "Its notification was queued " + v.When(*announced).Relative + ". Saving sends no second one.", nil
	}
	n, err := a.store.AudienceSize(v.Request().Context(), kind)
	return "This reaches " + page.Count(n).Of("person", "people") + ", once.", err
}

// rowPath returns the path of a row of the list.
func rowPath(list string, id int64) string { return list + "/" + strconv.FormatInt(id, 10) }

// quoted returns a title as sentences call it.
func quoted(title string) string { return "“" + title + "”" }

// publicFacts are what is lost with something that is on the site and may be announced.
func publicFacts() []string {
	return []string{"It disappears from the site.", "E-mails that are still waiting are not sent."}
}
