package page

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// StoredOf returns row, or nil if it is new and has no id.
func StoredOf[R any](row *R, id int64) *R {
	if id == 0 {
		return nil
	}
	return row
}

// KeepsEmpty allows a stored row whose required text is empty to be saved without it.
func KeepsEmpty(controls []Control) {
	for _, c := range controls {
		if c.Field != nil && c.Field.Required && namets.Blank(c.Field.Value) {
			c.Field.Required = false
		}
	}
}

// Control is a field or a check box of a form.
type Control struct {
	Field *Field
	Check *Check
}

// Fact is a value with its name.
type Fact struct{ Name, Value string }

// Fields returns the fields as controls.
func Fields(list ...*Field) []Control {
	controls := make([]Control, len(list))
	for i, f := range list {
		controls[i].Field = f
	}
	return controls
}

// Checks returns the check boxes as controls.
func Checks(list ...*Check) []Control {
	controls := make([]Control, len(list))
	for i, c := range list {
		controls[i].Check = c
	}
	return controls
}

// FactsOf returns the values of controls.
func FactsOf(controls []Control) []Fact {
	var list []Fact
	for _, c := range controls {
		switch {
		case c.Check != nil && c.Check.Checked:
			list = append(list, Fact{c.Check.Label, "yes"})
		case c.Check != nil:
			list = append(list, Fact{c.Check.Label, "no"})
		default:
			list = append(list, Fact{c.Field.Label, c.Field.display()})
		}
	}
	return list
}

// display is the value as text.
func (f *Field) display() string {
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

// Number returns the number of the form that was sent, or a new one.
func (v *Visit) Number() string {
	if n := v.FormValue("number"); len(n) == 36 {
		return n
	}
	return namets.NewUUID().String()
}

// ZoneHint names the time zone of the input.
func (v *Visit) ZoneHint() string {
	return "In the site's time, " + v.Zone().String() + " (UTC" + v.Now().Format("-07:00") + ")."
}

// TypedTime reads a datetime-local field. An unchanged field keeps the stored time with its
// seconds; the zero time means invalid input.
func (v *Visit) TypedTime(name string, was *time.Time) time.Time {
	text := v.Text(name)
	if was != nil && text == v.Typed(was) {
		return *was
	}
	t, err := v.ParseTyped(text)
	if err != nil {
		return time.Time{}
	}
	return namets.Micro(t)
}

// Seen returns the hidden revision of the row that a confirmation is about.
func Seen(revision int64) []Hidden { return []Hidden{{"revision", strconv.FormatInt(revision, 10)}} }

// OtherRevision reports whether the revision in the form differs from the stored one.
func (v *Visit) OtherRevision(stored int64) bool {
	return v.FormValue("revision") != "" && v.Revision() != stored
}

// ChangedMeanwhile redirects to a row that has changed since the user asked for what was not done:
// "deleted".
func (v *Visit) ChangedMeanwhile(path, what string) error {
	return v.Failed(path, "Nothing was "+what+", because somebody else has changed this in the meantime. Check the "+
		"current version.")
}

// Deleted ends a deletion. If the form was sent twice, the row is already deleted.
func (v *Visit) Deleted(err error, base, noun string) error {
	if err != nil && namets.CodeOf(err) != namets.NotFound {
		return err
	}
	return v.Done(base, "The "+noun+" is deleted.")
}

// StatusOf is the status of a form that is shown again because of err.
func StatusOf(err error) int {
	if namets.CodeOf(err) == namets.Conflict {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// Revision returns the revision of the row when the form was opened. A form without one overwrites
// nothing.
func (v *Visit) Revision() int64 {
	revision, err := strconv.ParseInt(v.FormValue("revision"), 10, 64)
	if err != nil || revision <= 0 {
		return -1
	}
	return revision
}

// Stale reports whether somebody else has changed the row since the form was opened.
func Stale(err error) bool {
	one, ok := errors.AsType[*namets.Error](err)
	return ok && one.Code == namets.Conflict && one.Field == ""
}
