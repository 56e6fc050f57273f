package content

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// keepTyped puts what was typed back into the fields, also where it is no time.
func keepTyped(v *page.Visit, p *itemPage) {
	for _, c := range p.Controls {
		if c.Field != nil && c.Field.Options == nil {
			c.Field.Value = v.FormValue(c.Field.Name)
		}
	}
}

// joined adds to the problems of a row those that came up while its form was read.
func joined(err error, more namets.Problems) error {
	problems, _ := errors.AsType[namets.Problems](err)
	if problems = append(problems, more...); len(problems) > 0 {
		return problems
	}
	return err
}

// itemPage is the form of one announcement, event or category, with its history; its template is
// item.html.
type itemPage struct {
	page.Base
	List, Section string // the list to which it belongs: path and name
	Noun          string
	ID, Revision  int64  // 0 for a new one
	Number        string // of a form for a new one: sent twice, it makes one
	Lead          string // is below the heading
	Stage         namets.Stage
	Faults        []page.Fault
	Controls      []page.Control
	// Stored is what is in the database when somebody else has changed it meanwhile, else
	// empty.
	Stored   []page.Fact
	Timeline []step
}

// Moving reports whether the timeline may change at any moment.
func (p *itemPage) Moving() bool {
	return slices.ContainsFunc(p.Timeline, func(s step) bool { return s.moving })
}

// Facts are the values for those who cannot change them, and for comparing.
func (p *itemPage) Facts() []page.Fact { return page.FactsOf(p.Controls) }

// refill shows a form again whose values could not be stored, with what is wrong with them. When
// somebody else has changed the row meanwhile, stored is the page of what is stored now; sending
// the form again then replaces that.
func refill(v *page.Visit, err error, p, stored *itemPage) error {
	var list []*page.Field
	for _, c := range p.Controls {
		if c.Field != nil {
			list = append(list, c.Field)
		}
	}
	if p.Faults = page.Blame(err, list...); p.Faults == nil {
		return err
	}
	if stored != nil && stored.Revision != p.Revision {
		p.Stored, p.Revision = stored.Facts(), stored.Revision
	}
	return v.Render(page.StatusOf(err), "item", p)
}

// reach says whom a notification reaches, before it is sent.
func (a *Admin) reach(v *page.Visit, kind namets.NotificationKind, announced *time.Time) (string, error) {
	if announced != nil {
		return "Its notification was queued " + v.When(*announced).Relative + ". Saving sends no second one.", nil
	}
	n, err := a.store.AudienceSize(v.Request().Context(), kind)
	return "This will reach " + page.Count(n).Of("person", "people") + ", once.", err
}

// confirmDelete asks before a row is deleted.
func confirmDelete(v *page.Visit, base, noun, title string, id, revision int64, facts ...string) error {
	path := base + "/" + strconv.FormatInt(id, 10)
	return v.Confirm("Delete “"+title+"”", page.Confirmation{
		Lead: "This cannot be undone.", Facts: facts, Action: path + "/delete", Hidden: page.Seen(revision),
		Button: "Delete this " + noun, Danger: true, Back: path,
	})
}

// showItem shows what is stored, or the form of a new one.
func showItem(v *page.Visit, p *itemPage) error {
	if p.ID != 0 {
		page.KeepsEmpty(p.Controls)
	}
	return v.Render(http.StatusOK, "item", p)
}
