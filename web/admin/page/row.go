package page

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// StoredOf returns row, or nil for a new one, which has no id.
func StoredOf[R any](row *R, id int64) *R {
	if id == 0 {
		return nil
	}
	return row
}

// KeepsEmpty lets what is stored without a text that forms demand be saved without it.
func KeepsEmpty(controls []Control) {
	for _, c := range controls {
		if c.Field != nil && c.Field.Required && namets.Blank(c.Field.Value) {
			c.Field.Required = false
		}
	}
}

// Control is one part of a form: a field or a box to tick.
type Control struct {
	Field *Field
	Check *Check
}

// Fact is a value with its name.
type Fact struct{ Name, Value string }

// Fields returns the fields as parts of a form.
func Fields(list ...*Field) []Control {
	controls := make([]Control, len(list))
	for i, f := range list {
		controls[i].Field = f
	}
	return controls
}

// Checks returns the boxes as parts of a form.
func Checks(list ...*Check) []Control {
	controls := make([]Control, len(list))
	for i, c := range list {
		controls[i].Check = c
	}
	return controls
}

// FactsOf are the values of controls.
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

// display is the value as it is read.
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

// Number returns that of the form that was sent, or a new one.
func (v *Visit) Number() string {
	if n := v.FormValue("number"); len(n) == 36 {
		return n
	}
	return namets.NewUUID().String()
}

// ZoneHint names the zone in which times are typed.
func (v *Visit) ZoneHint() string {
	return "In the site's time, " + v.Zone().String() + " (UTC" + v.Now().Format("-07:00") + ")."
}

// TypedTime reads a datetime-local field. What was not touched stays what it was, to the second;
// the zero time stands for what is no time.
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

// Seen carries the revision of a row along that somebody is asked about.
func Seen(revision int64) []Hidden { return []Hidden{{"revision", strconv.FormatInt(revision, 10)}} }

// OtherRevision reports whether the form was made from another revision than the one that is
// stored.
func (v *Visit) OtherRevision(stored int64) bool {
	return v.FormValue("revision") != "" && v.Revision() != stored
}

// ChangedMeanwhile leads back to a row that somebody was about to delete without having seen what
// it is now.
func (v *Visit) ChangedMeanwhile(path string) error {
	return v.Failed(path, "Nothing was deleted, because somebody else has changed this in the meantime. Check the "+
		"current version.")
}

// Deleted ends a deletion; sent twice, the row is gone already.
func (v *Visit) Deleted(err error, base, noun string) error {
	if err != nil && namets.CodeOf(err) != namets.NotFound {
		return err
	}
	return v.Done(base, "The "+noun+" is deleted.")
}

// StatusOf is the status of a form that is shown again.
func StatusOf(err error) int {
	if namets.CodeOf(err) == namets.Conflict {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// Revision returns the revision of the row that the form was made from. A form without one
// overwrites nothing.
func (v *Visit) Revision() int64 {
	revision, err := strconv.ParseInt(v.FormValue("revision"), 10, 64)
	if err != nil || revision <= 0 {
		return -1
	}
	return revision
}

// Stale reports whether somebody else has changed a row meanwhile.
func Stale(err error) bool {
	one, ok := errors.AsType[*namets.Error](err)
	return ok && one.Code == namets.Conflict && one.Field == ""
}
