package transfer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
)

var nameForm = regexp.MustCompile(`^[A-Za-z_]\w{0,59}$`)

// maxComplaints is the number of complaints to keep, more than anybody fixes in one go; the rest
// are counted.
const maxComplaints = 1000

// Pos is a position in a file. Both numbers count from 1, columns in characters (Unicode code
// points).
type Pos struct {
	Line, Column int
}

// String returns the form "line 12, column 5".
func (p Pos) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

func (p Pos) compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Complaint is one error in a file.
type Complaint struct {
	At Pos // of the value that is to blame, or of its row
	// List is the list ("subscribers") or the Django model ("communications.subscriber") of the
	// row, empty outside of rows.
	List string
	// Row is the row's number, counted from 1: in its list, or in the whole array of a Django dump.
	// 0 outside of rows.
	Row int
	ID  int64 // the row's id, 0 when it is not known
	// Field is the key as the file spells it, or empty.
	Field string
	// Message says what is wrong and what would be right. It contains no e-mail address and no
	// token.
	Message string
}

// String returns one line: "line 12, column 5: subscribers row 3 (id 7), email: is a number; …".
func (c Complaint) String() string {
	var b strings.Builder
	b.WriteString(c.At.String())
	sep := ": "
	if c.List != "" {
		fmt.Fprintf(&b, "%s%s", sep, rowName(c.List, c.Row, c.ID))
		sep = ", "
	}
	if c.Field != "" {
		b.WriteString(sep + c.Field)
	}
	return b.String() + ": " + c.Message
}

func rowName(list string, row int, id int64) string {
	s := fmt.Sprintf("%s row %d", list, row)
	if id != 0 {
		s += fmt.Sprintf(" (id %d)", id)
	}
	return s
}

// Complaints is the error for a file that cannot be imported.
type Complaints struct {
	// List contains the first complaints by position, at least one and at most 1000.
	List []Complaint
	// More is the number of complaints beyond List.
	More int
}

// Error returns one line per complaint, without a newline at the end.
func (c *Complaints) Error() string {
	var b strings.Builder
	for i, one := range c.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.String())
	}
	if c.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", c.More)
	}
	return b.String()
}

// add appends one complaint, or only counts it if there are enough. A nil receiver starts a new
// list.
func (c *Complaints) add(one Complaint) *Complaints {
	if c == nil {
		c = &Complaints{}
	}
	if len(c.List) < maxComplaints {
		c.List = append(c.List, one)
	} else {
		c.More++
	}
	return c
}

// with returns c and more merged by position, or nil if both are empty.
func (c *Complaints) with(more []Complaint) *Complaints {
	if c == nil && len(more) == 0 {
		return nil
	}
	all, uncounted := slices.Clone(more), 0
	if c != nil {
		all, uncounted = append(slices.Clone(c.List), more...), c.More
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].At.compare(all[j].At) < 0 })
	kept := all[:min(len(all), maxComplaints)]
	return &Complaints{List: kept, More: uncounted + len(all) - len(kept)}
}

// mention returns a name from the file for a message: unchanged if it looks like a key, and so is
// not an address or a token.
func mention(name string) string {
	if nameForm.MatchString(name) {
		return name
	}
	return "(a key)"
}
