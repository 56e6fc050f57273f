package page

import (
	"net/url"
	"strconv"
)

// PerPage is the number of rows on a page of content, deliveries and activity.
const PerPage = 50

// Count is a number that pages write with thousands separators: 12,345.
type Count int64

// String returns the digits in groups of three, separated by commas.
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

// Pager has the links between the pages of a list, for the template "pager". Newer and Older are
// addresses, empty at the ends.
type Pager struct {
	Newer, Older string
	Text         string // the position: "51–100 of 200,000"
}

// Column is the header of a column, with its sort link, for the template "column".
type Column struct {
	Text   string
	URL    string // sorts by this column or reverses the order; empty: not sortable
	Sorted string // ascending, descending; empty: sorted by another column
	Number bool   // its values are numbers
}

// Columns returns headers whose links keep the query of the page but not the position in the list.
// Sort is the name of the current column, with a leading minus for descending. The headers are
// given as name, text, name, text; a column with an empty name is not sortable.
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

// With returns the path with the query after changing some of its parameters, given as name, value,
// name, value; an empty value removes the parameter.
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

// Empty is the text of an empty list, for the template "empty".
type Empty struct {
	Title, Text string
	// Action and Path are the text and target of the link to add the first row; empty: there is no
	// link.
	Action, Path string
}
