package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// itemPage is the form of one announcement, event or category, with its history; its template is
// item.html.
type itemPage struct {
	page
	Base, Section string // the list to which it belongs: path and name
	Noun          string
	ID, Revision  int64  // 0 for a new one
	Number        string // of a form for a new one: sent twice, it makes one
	Lead          string // is below the heading
	Stage         namets.Stage
	Faults        []fault
	Controls      []control
	// Stored is what is in the database when somebody else has changed it meanwhile, else
	// empty.
	Stored   []fact
	Timeline []step
}

// control is one part of a form: a field or a box to tick.
type control struct {
	Field *field
	Check *check
}

// fact is a value with its name.
type fact struct{ Name, Value string }

// Moving reports whether the timeline may change at any moment.
func (p *itemPage) Moving() bool {
	return slices.ContainsFunc(p.Timeline, func(s step) bool { return s.moving })
}

func fields(list ...*field) []control {
	controls := make([]control, len(list))
	for i, f := range list {
		controls[i].Field = f
	}
	return controls
}

func checks(list ...*check) []control {
	controls := make([]control, len(list))
	for i, c := range list {
		controls[i].Check = c
	}
	return controls
}

// Facts are the values for those who cannot change them, and for comparing.
func (p *itemPage) Facts() []fact { return factsOf(p.Controls) }

// factsOf are the values of controls.
func factsOf(controls []control) []fact {
	var list []fact
	for _, c := range controls {
		switch {
		case c.Check != nil && c.Check.Checked:
			list = append(list, fact{c.Check.Label, "yes"})
		case c.Check != nil:
			list = append(list, fact{c.Check.Label, "no"})
		default:
			list = append(list, fact{c.Field.Label, c.Field.display()})
		}
	}
	return list
}

// display is the value as it is read.
func (f *field) display() string {
	for _, o := range f.Options {
		if o.Selected {
			return o.Text
		}
	}
	return strings.Replace(f.Value, "T", " ", btoi(f.Type == "datetime-local"))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// number returns that of the form that was sent, or a new one.
func (v *visit) number() string {
	if n := v.FormValue("number"); len(n) == 36 {
		return n
	}
	return namets.NewUUID().String()
}

// refill shows a form again whose values could not be stored, with what is wrong with them. When
// somebody else has changed the row meanwhile, stored is the page of what is stored now; sending
// the form again then replaces that.
func (v *visit) refill(err error, p, stored *itemPage) error {
	var list []*field
	for _, c := range p.Controls {
		if c.Field != nil {
			list = append(list, c.Field)
		}
	}
	if p.Faults = blame(err, list...); p.Faults == nil {
		return err
	}
	if stored != nil && stored.Revision != p.Revision {
		p.Stored, p.Revision = stored.Facts(), stored.Revision
	}
	return v.render(statusOf(err), "item", p)
}

// zoneHint names the zone in which times are typed.
func (v *visit) zoneHint() string {
	return "In the site's time, " + v.admin.cfg.Zone.String() + " (UTC" + v.admin.now().Format("-07:00") + ")."
}

// typedTime reads a datetime-local field. What was not touched stays what it was, to the second;
// the zero time stands for what is no time.
func (v *visit) typedTime(name string, was *time.Time) time.Time {
	text := v.text(name)
	if was != nil && text == v.admin.typed(was) {
		return *was
	}
	t, err := v.admin.parseTyped(text)
	if err != nil {
		return time.Time{}
	}
	return namets.Micro(t)
}

// reach says whom a notification reaches, before it is sent.
func (v *visit) reach(kind namets.NotificationKind, announced *time.Time) (string, error) {
	if announced != nil {
		return "Its notification was queued " + v.when(*announced).Relative + ". Saving sends no second one.", nil
	}
	n, err := v.admin.store.AudienceSize(v.Request().Context(), kind)
	return "This will reach " + count(n).of("person", "people") + ", once.", err
}

// confirmDelete asks before a row is deleted.
func (v *visit) confirmDelete(base, noun, title string, id, revision int64, facts ...string) error {
	path := base + "/" + strconv.FormatInt(id, 10)
	return v.confirm("Delete “"+title+"”", confirmation{
		Lead: "This cannot be undone.", Facts: facts, Action: path + "/delete", Hidden: seen(revision),
		Button: "Delete this " + noun, Danger: true, Back: path,
	})
}

// seen carries the revision of a row along that somebody is asked about.
func seen(revision int64) []hidden { return []hidden{{"revision", strconv.FormatInt(revision, 10)}} }

// otherRevision reports whether the form was made from another revision than the one that is
// stored.
func (v *visit) otherRevision(stored int64) bool {
	return v.FormValue("revision") != "" && v.revision() != stored
}

// changedMeanwhile leads back to a row that somebody was about to delete without having seen what
// it is now.
func (v *visit) changedMeanwhile(path string) error {
	return v.failed(path, "Nothing was deleted: somebody else has changed this meanwhile. Check it as it is now.")
}

// deleted ends a deletion; sent twice, the row is gone already.
func (v *visit) deleted(err error, base, noun string) error {
	if err != nil && namets.CodeOf(err) != namets.NotFound {
		return err
	}
	return v.done(base, "The "+noun+" is deleted.")
}

// showItem shows what is stored, or the form of a new one.
func (v *visit) showItem(p *itemPage) error {
	if p.ID != 0 {
		keepsEmpty(p.Controls)
	}
	return v.render(http.StatusOK, "item", p)
}
