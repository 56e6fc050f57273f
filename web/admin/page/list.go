package page

import (
	"net/url"
	"strconv"
)

// PerPage is how many rows lists of content, deliveries and activity show.
const PerPage = 50

// Count is a number that pages write with commas: 12,345.
type Count int64

// String returns the digits in groups of three.
func (n Count) String() string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Of returns the count with its noun: "1 subscriber", "412 subscribers".
func (n Count) Of(one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return n.String() + " " + many
}

// Pager leads through a long list, for the part "pager". Newer and Older are addresses, empty at
// the ends.
type Pager struct {
	Newer, Older string
	Text         string // what is shown: "51–100 of 200,000"
}

// Column is the head of a column by which a table can be sorted, for the part "column".
type Column struct {
	Text   string
	URL    string // sorts by this column, or turns the order round; empty: it cannot be sorted
	Sorted string // ascending, descending or, by another column, empty
	Number bool   // its values are numbers
}

// Columns returns heads that keep the query of the page, without its place in the list. Sort holds
// the name of the column, with a minus before it for descending. The heads are name, text, name,
// text; an empty name cannot be sorted by.
func Columns(path string, query url.Values, sort string, heads ...string) []Column {
	var list []Column
	for i := 0; i+1 < len(heads); i += 2 {
		name, c := heads[i], Column{Text: heads[i+1]}
		switch {
		case name == "":
		case sort == name:
			c.Sorted, c.URL = "ascending", With(path, query, "sort", "-"+name, "page", "")
		case sort == "-"+name:
			c.Sorted, c.URL = "descending", With(path, query, "sort", name, "page", "")
		default:
			c.URL = With(path, query, "sort", name, "page", "")
		}
		list = append(list, c)
	}
	return list
}

// With returns the path with the query, in which some names have other values, as name, value,
// name, value; an empty value takes the name out.
func With(path string, query url.Values, changes ...string) string {
	q := url.Values{}
	for name, values := range query {
		if len(values) > 0 && values[0] != "" {
			q.Set(name, values[0])
		}
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Empty says what will be where there is nothing yet, for the part "empty".
type Empty struct {
	Title, Text string
	// Action and Path lead to what fills the list; empty: nothing does.
	Action, Path string
}
