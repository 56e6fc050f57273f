package page

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"namets/internal/namets"
)

// Field is a control of a form with one value, for the part "field": an input, a text of many
// lines when Rows is set, or a list of choices when there are Options.
type Field struct {
	Name, Label string
	Value       string
	Type        string // of the input; empty: text
	Hint        string // is below the label
	Error       string // what is wrong with Value; empty: nothing
	Required    bool
	Max         int // longest text, in characters; 0: none is given
	Rows        int
	Options     []Option
	// Autocomplete tells the browser what to offer; empty: off.
	Autocomplete string
	// InputMode tells phones which keyboard to show; empty: that of Type.
	InputMode string
	// Prefix is before Value in the address of a public page, whose name is made from the
	// title when Value is empty.
	Prefix string
	// Brief makes the control narrow.
	Brief bool
}

// Option is one choice.
type Option struct {
	Value, Text string
	Selected    bool
}

// Check is a box to tick, for the part "check".
type Check struct {
	Name, Label string
	Value       string // that is sent; empty: on
	Hint        string
	Checked     bool
}

// Fault is a problem that the part "faults" lists above a form, with a link to its field.
type Fault struct {
	Field   string // its name; empty: the problem belongs to no field
	Message string
}

// Options makes choices of values that are their own text but for the first letter.
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

// Blame puts the complaints that err is made of at the fields that they name and returns all of
// them for the list above the form. It returns nil when err is not the fault of what was typed:
// then err is the handler's answer.
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

// FormValue returns the first value of a field: of the body where the route takes a form, and
// otherwise of the address. The address of a form says nothing: it takes the place of the method
// of [echo.Context], which looks at both.
func (v *Visit) FormValue(name string) string {
	if v.route.reads() {
		return v.QueryParam(name)
	}
	return v.sent.form.Get(name)
}

// FormParams returns the fields of the body. Like FormValue it takes the place of the context's;
// the error is nil.
func (v *Visit) FormParams() (url.Values, error) { return v.sent.form, nil }

// Text returns a posted line without the blanks around it.
func (v *Visit) Text(name string) string { return strings.TrimSpace(v.FormValue(name)) }

// Long returns a posted text of many lines, with the line ends that the rest of the world uses.
func (v *Visit) Long(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(v.FormValue(name), "\r\n", "\n"))
}

// LineOf returns a posted line or, when it comes back as the browser got it, the stored one to the
// byte: a browser drops line breaks, and the blanks around a line were never looked at.
func (v *Visit) LineOf(name, stored string) string {
	typed := v.Text(name)
	if typed == displayLine(stored) {
		return stored
	}
	return typed
}

// displayLine is what a browser makes of a stored line.
func displayLine(stored string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(stored))
}

// LongOf is lineOf for a text of many lines, whose line ends a browser replaces.
func (v *Visit) LongOf(name, stored string) string {
	typed := v.Long(name)
	if typed == strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stored)) {
		return stored
	}
	return typed
}

// EmailOf is lineOf for an e-mail address, whose domain a browser may turn into ASCII.
func (v *Visit) EmailOf(name, stored string) string {
	typed := v.LineOf(name, stored)
	if typed == namets.EmailASCII(displayLine(stored)) {
		return stored
	}
	return typed
}

// EmailField is the field of an address. One that browsers would not let pass, though it is
// stored, is a plain text.
func EmailField(stored string, required bool) Field {
	f := Field{Name: "email", Label: "E-mail address", Value: stored, Type: "email", Required: required, Max: 254}
	if stored != "" && namets.CheckEmail(stored) != nil {
		f.Type, f.InputMode = "text", "email"
	}
	return f
}

// Ticked reports whether a box was ticked.
func (v *Visit) Ticked(name string) bool { return v.FormValue(name) != "" }

// sortedNames returns the names of a form's fields in their order.
func sortedNames(form url.Values) []string { return slices.Sorted(maps.Keys(form)) }

// MaxNamed is how many people a form can name one by one.
const MaxNamed = 500

// NamedAddresses returns the addresses in a text, which are apart by white space, commas or
// semicolons.
func NamedAddresses(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n\r\t,;", r) })
}
