package content

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// itemPage is the form of a row with its history; its template is item.html.
type itemPage struct {
	page.Base
	List, Section string // path and name of its list
	Noun          string
	ID, Revision  int64  // 0 for a new one
	Number        string // number of a form for a new row, which makes one row even if sent twice
	Button        string // the button of a form for a new row
	Lead          string // below the heading
	Stage         namets.Stage
	Action        link // what else can be done with the row; an empty path: nothing
	Faults        []page.Fault
	Controls      []page.Control
	// Stored are the stored values if somebody else has changed the row since the form was opened.
	Stored   []page.Fact
	Timeline []step
	// Brief are the values for users who cannot change them, followed by a text; nil: the values of
	// the controls.
	Brief []page.Fact
	Text  string
	// Masked means that users who cannot change the row see its address masked.
	Masked bool

	announced *time.Time // time when its notification was queued; nil: not queued
}

// Moving reports whether the timeline may change at any moment.
func (p *itemPage) Moving() bool {
	return slices.ContainsFunc(p.Timeline, func(s step) bool { return s.moving })
}

// Facts are the values for users who cannot change them.
func (p *itemPage) Facts() []page.Fact {
	if p.Brief != nil {
		return p.Brief
	}
	return page.FactsOf(p.Controls)
}

// keepInput puts the input back into the fields, even if it is not a valid time or number.
func (p *itemPage) keepInput(v *page.Visit) {
	for _, c := range p.Controls {
		if c.Field != nil && c.Field.Options == nil {
			c.Field.Value = v.FormValue(c.Field.Name)
		}
	}
}

// blame shows the problems in err at their fields, and reports false if err is not about the input.
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

// joined adds the problems of parsing a form to those of its row.
func joined(err error, more namets.Problems) error {
	problems, _ := errors.AsType[namets.Problems](err)
	if problems = append(problems, more...); len(problems) > 0 {
		return problems
	}
	return err
}

// reach says whom a notification will reach.
func (a *Admin) reach(v *page.Visit, kind namets.NotificationKind, announced *time.Time) (string, error) {
	if announced != nil {
		return "Its notification was queued " + v.When(*announced).Relative + ". Saving sends no second one.", nil
	}
	n, err := a.store.AudienceSize(v.Request().Context(), kind)
	return "This reaches " + page.Count(n).Of("person", "people") + ", once.", err
}

// rowPath returns the path of a row under that of its list.
func rowPath(list string, id int64) string { return list + "/" + strconv.FormatInt(id, 10) }

// quoted returns a title in quotation marks, for a sentence.
func quoted(title string) string { return "“" + title + "”" }

// publicFacts are the consequences of deleting something that is on the site and may be announced.
func publicFacts() []string {
	return []string{"It disappears from the site.", "E-mails that are still waiting are not sent."}
}
