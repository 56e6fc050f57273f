package transfer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// value converts a field between a file and a row; it points into the row.
type value interface {
	// form describes what the file has to contain: "a text in double quotes".
	form() string
	// read stores n, or says what is wrong with it: "is a number".
	read(n node) (problem string)
	// write appends the JSON form. It fails for texts and times that cannot be written.
	write(b []byte) ([]byte, error)
}

// keyed is a value that identifies a row, unless it is empty.
type keyed interface {
	value
	// key returns the form in which equal values are equal. Call it only after a successful read.
	key() string
}

var (
	instantForm = regexp.MustCompile(
		`^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
	addressForm = regexp.MustCompile(`^[^\r\n]+@[^\r\n@]+$`)
)

// maxID is the largest integer that JavaScript programs such as n8n represent exactly. It also
// leaves room for later rows: after SQLite's largest id, a table accepts no more rows.
const maxID = 1<<53 - 1

// id is the id of a row.
type id int64

func (v *id) form() string { return "a whole number from 1 to " + strconv.Itoa(maxID) }
func (v *id) key() string  { return strconv.FormatInt(int64(*v), 10) }

func (v *id) read(n node) string {
	problem := readInt(n, (*int64)(v))
	if problem == "" && (*v <= 0 || *v > maxID) {
		return "is " + n.text
	}
	return problem
}

func (v *id) write(b []byte) ([]byte, error) { return strconv.AppendInt(b, int64(*v), 10), nil }

// number is an integer.
type number int64

func (v *number) form() string                   { return "a whole number" }
func (v *number) read(n node) string             { return readInt(n, (*int64)(v)) }
func (v *number) write(b []byte) ([]byte, error) { return strconv.AppendInt(b, int64(*v), 10), nil }

func readInt(n node, to *int64) string {
	if n.is != '0' {
		return "is " + n.describe()
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return "is beyond 64 bits"
	case err != nil:
		return "is not a whole number"
	}
	*to = i
	return ""
}

// reference is the id of another row, or null.
type reference struct{ p **int64 }

func (v reference) form() string { return "null or " + (*id)(nil).form() }

func (v reference) read(n node) string {
	if n.is == 'n' {
		*v.p = nil
		return ""
	}
	if n.is == '[' {
		return "is a natural key; dump again without --natural-foreign"
	}
	var to id
	problem := to.read(n)
	*v.p = (*int64)(&to)
	return problem
}

func (v reference) write(b []byte) ([]byte, error) {
	if *v.p == nil {
		return append(b, "null"...), nil
	}
	return (*id)(*v.p).write(b)
}

// flag is true or false.
type flag bool

func (v *flag) form() string { return "true or false" }

func (v *flag) read(n node) string {
	if n.is != 't' && n.is != 'f' {
		return "is " + n.describe()
	}
	*v = n.is == 't'
	return ""
}

func (v *flag) write(b []byte) ([]byte, error) { return strconv.AppendBool(b, bool(*v)), nil }

// text is any text that can be stored.
type text string

func (v *text) form() string       { return "a text in double quotes" }
func (v *text) read(n node) string { return readText(n, (*string)(v)) }

func (v *text) write(b []byte) ([]byte, error) {
	if flaw := flawOf(string(*v)); flaw != "" {
		return b, errors.New(flaw)
	}
	return appendText(b, string(*v)), nil
}

func readText(n node, to *string) string {
	if n.is != '"' {
		return "is " + n.describe()
	}
	*to = n.text
	return n.flaw
}

// slug is a non-empty text that identifies a row.
type slug struct{ *text }

func (v slug) form() string { return "a text in double quotes that is not empty" }

func (v slug) read(n node) string {
	problem := v.text.read(n)
	if problem == "" && n.text == "" {
		return "is empty"
	}
	return problem
}

func (v slug) key() string { return string(*v.text) }

// phone is a text or null, which equals an empty text.
type phone struct{ *text }

func (v phone) form() string { return "a text in double quotes, or absent" }

func (v phone) read(n node) string {
	if n.is == 'n' {
		*v.text = ""
		return ""
	}
	return v.text.read(n)
}

// authorKey is the key of a row, which identifies it, or null.
type authorKey struct{ *text }

func (v authorKey) form() string {
	return "null, or 1 to 128 of the characters A-Z a-z 0-9 . _ ~ : - in double quotes"
}

func (v authorKey) read(n node) string {
	if n.is == 'n' {
		return ""
	}
	problem := v.text.read(n)
	if problem == "" && namets.CheckKey(n.text) != nil {
		return "is no key"
	}
	return problem
}

func (v authorKey) key() string { return string(*v.text) }

// contact is an e-mail address or an empty text.
type contact struct{ *text }

func (v contact) form() string {
	return `an e-mail address in double quotes, or "" for none`
}

func (v contact) read(n node) string {
	problem := v.text.read(n)
	if problem == "" && n.text != "" && !addressForm.MatchString(n.text) {
		return "is not an e-mail address"
	}
	return problem
}

// address is an e-mail address that identifies a row, whatever the spelling of its mailbox.
type address struct{ contact }

func (v address) form() string { return "an e-mail address in double quotes" }
func (v address) key() string  { return namets.EmailKey(string(*v.text)) }

func (v address) read(n node) string {
	problem := v.contact.read(n)
	if problem == "" && n.text == "" {
		return "is empty"
	}
	return problem
}

// category is one of the categories of announcements.
type category namets.Category

func (v *category) form() string {
	var names []string
	for _, c := range namets.Categories() {
		names = append(names, strconv.Quote(string(c)))
	}
	return "one of " + strings.Join(names, ", ")
}

func (v *category) read(n node) string {
	problem := readText(n, (*string)(v))
	if problem == "" && !slices.Contains(namets.Categories(), namets.Category(*v)) {
		return "is no category"
	}
	return problem
}

func (v *category) write(b []byte) ([]byte, error) { return (*text)(v).write(b) }

// instant is a point in time.
type instant time.Time

func (v *instant) form() string {
	return `a time with its zone like "2026-03-01T07:30:00Z" or "2026-03-01T08:30:00.000123+01:00"`
}

func (v *instant) read(n node) string {
	var s string
	if problem := readText(n, &s); problem != "" {
		return problem
	}
	parts := instantForm.FindStringSubmatch(s)
	if parts == nil {
		return "is not a time"
	}
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		return "is a day that the calendar does not have"
	case len(parts[2]) > len(".000000"):
		return "is more precise than a microsecond; leave at most six digits after the point"
	case !namets.InRange(t):
		return "lies outside the years 1 to 9999 (UTC)"
	}
	*v = instant(namets.Micro(t))
	return ""
}

func (v *instant) write(b []byte) ([]byte, error) {
	t := namets.Micro(time.Time(*v))
	if !namets.InRange(t) {
		return b, errors.New("lies outside the years 1 to 9999")
	}
	b = t.AppendFormat(b, `"2006-01-02T15:04:05`)
	if us := t.Nanosecond() / 1000; us != 0 {
		b = fmt.Appendf(b, ".%06d", us)
	}
	return append(b, `Z"`...), nil
}

// optionalInstant is a point in time or null.
type optionalInstant struct{ p **time.Time }

func (v optionalInstant) form() string { return "null or " + (*instant)(nil).form() }

func (v optionalInstant) read(n node) string {
	if n.is == 'n' {
		*v.p = nil
		return ""
	}
	var t instant
	problem := t.read(n)
	*v.p = (*time.Time)(&t)
	return problem
}

func (v optionalInstant) write(b []byte) ([]byte, error) {
	if *v.p == nil {
		return append(b, "null"...), nil
	}
	return (*instant)(*v.p).write(b)
}

// date is a calendar day that identifies a row.
type date namets.Date

func (v *date) form() string                   { return `a date like "2026-03-01"` }
func (v *date) read(n node) string             { return parse(n, (*namets.Date)(v), namets.ParseDate) }
func (v *date) write(b []byte) ([]byte, error) { return appendText(b, v.key()), nil }
func (v *date) key() string                    { return namets.Date(*v).String() }

// clock is a time of day.
type clock namets.TimeOfDay

func (v *clock) form() string { return `a time of day like "05:23:00"` }

func (v *clock) read(n node) string {
	return parse(n, (*namets.TimeOfDay)(v), namets.ParseTimeOfDay)
}

func (v *clock) write(b []byte) ([]byte, error) {
	return appendText(b, namets.TimeOfDay(*v).String()), nil
}

// uuid is the token of a subscriber.
type uuid namets.UUID

func (v *uuid) form() string                   { return `a UUID: hexadecimal digits in groups of 8-4-4-4-12` }
func (v *uuid) read(n node) string             { return parse(n, (*namets.UUID)(v), namets.ParseUUID) }
func (v *uuid) write(b []byte) ([]byte, error) { return appendText(b, v.key()), nil }
func (v *uuid) key() string                    { return namets.UUID(*v).String() }

// parse reads a text in a format that the domain knows.
func parse[T any](n node, to *T, from func(string) (T, error)) string {
	var s string
	if problem := readText(n, &s); problem != "" {
		return problem
	}
	v, err := from(s)
	if err != nil {
		return "is " + err.Error()
	}
	*to = v
	return ""
}
