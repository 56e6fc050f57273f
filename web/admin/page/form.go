package page

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"namets/internal/namets"
)

// Field is a form control with one value, for the template "field": an input, a text area if Rows
// is set, or a select if there are Options.
type Field struct {
	Name, Label string
	Value       string
	Type        string // of the input; empty: text
	Hint        string // below the label
	Error       string // the problem with Value; empty: none
	Required    bool
	Max         int // largest length of the text in characters; 0: no limit
	Rows        int
	Options     []Option
	// Autocomplete is the value of the HTML attribute; empty: off.
	Autocomplete string
	// InputMode selects the keyboard on phones; empty: that of Type.
	InputMode string
	// Prefix is the part of a public page's address before Value. If Value is empty, the name is
	// made from the title.
	Prefix string
	// Brief makes the control narrow.
	Brief bool
}

// Option is one choice of a select.
type Option struct {
	Value, Text string
	Selected    bool
}

// Check is a check box, for the template "check".
type Check struct {
	Name, Label string
	Value       string // the posted value; empty: on
	Hint        string
	Checked     bool
}

// Fault is a problem that the template "faults" lists above a form, with a link to its field.
type Fault struct {
	Field   string // its name; empty: the problem is not about one field
	Message string
}

// Options makes choices whose text is the value with its first letter in upper case.
func Options[T ~string](selected T, values []T) []Option {
	list := make([]Option, len(values))
	for i, value := range values {
		list[i] = Option{string(value), Capital(string(value)), value == selected}
	}
	return list
}

// Capital returns s with its first letter in upper case.
func Capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Blame puts the problems in err at the fields that they name and returns all of them for the list
// above the form. It returns nil if err is not about the input: then the handler returns err.
func Blame(err error, fields ...*Field) []Fault {
	var problems namets.Problems
	if one, ok := errors.AsType[*namets.Error](err); ok {
		problems = namets.Problems{one}
	}
	if many, ok := errors.AsType[namets.Problems](err); ok {
		problems = many
	}
	var list []Fault
	for _, p := range problems {
		if p.Code != namets.Invalid && p.Code != namets.Conflict {
			return nil
		}
		name, message := "", Capital(p.Message)+"."
		for _, f := range fields {
			if p.Field != "" && f.Name == p.Field {
				name, message = f.Name, f.Label+" "+p.Message+"."
				if f.Error == "" {
					f.Error = message
				}
			}
		}
		list = append(list, Fault{name, message})
	}
	return list
}

// FormValue returns the first value of a field: from the body if the route takes a form, otherwise
// from the query. The query of a form is ignored: this replaces the method of [echo.Context], which
// reads both.
func (v *Visit) FormValue(name string) string {
	if v.route.reads() {
		return v.QueryParam(name)
	}
	return v.sent.form.Get(name)
}

// FormParams returns the fields of the body. Like FormValue it replaces the context's method; the
// error is nil.
func (v *Visit) FormParams() (url.Values, error) { return v.sent.form, nil }

// Text returns a posted line without leading and trailing blanks.
func (v *Visit) Text(name string) string { return strings.TrimSpace(v.FormValue(name)) }

// Long returns a posted text of several lines with \n as its line ends.
func (v *Visit) Long(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(v.FormValue(name), "\r\n", "\n"))
}

// LineOf returns a posted line or, if the browser returned it unchanged, the exact stored one: a
// browser drops line breaks, and Text removes the blanks around a line.
func (v *Visit) LineOf(name, stored string) string {
	typed := v.Text(name)
	if typed == displayLine(stored) {
		return stored
	}
	return typed
}

// displayLine is a stored line as a browser returns it.
func displayLine(stored string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(stored))
}

// LongOf is LineOf for a text of several lines, whose line ends a browser replaces.
func (v *Visit) LongOf(name, stored string) string {
	typed := v.Long(name)
	if typed == strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stored)) {
		return stored
	}
	return typed
}

// EmailOf is LineOf for an e-mail address, whose domain a browser may convert to ASCII.
func (v *Visit) EmailOf(name, stored string) string {
	typed := v.LineOf(name, stored)
	if typed == namets.EmailASCII(displayLine(stored)) {
		return stored
	}
	return typed
}

// EmailField is the field of an address. A stored address that browsers would reject gets a plain
// text field.
func EmailField(stored string, required bool) Field {
	f := Field{Name: "email", Label: "E-mail address", Value: stored, Type: "email", Required: required, Max: 254}
	if stored != "" && namets.CheckEmail(stored) != nil {
		f.Type, f.InputMode = "text", "email"
	}
	return f
}

// Ticked reports whether a box is checked.
func (v *Visit) Ticked(name string) bool { return v.FormValue(name) != "" }

// sortedNames returns the names of a form's fields in ascending order.
func sortedNames(form url.Values) []string { return slices.Sorted(maps.Keys(form)) }

// MaxNamed is the largest number of people that a form can name individually.
const MaxNamed = 500

// NamedAddresses returns the addresses in a text, separated by white space, commas or semicolons.
func NamedAddresses(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n\r\t,;", r) })
}
