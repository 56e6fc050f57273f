package transfer

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// Format is a format that [Decode] reads.
type Format string

// The formats, by their names in messages.
const (
	Native Format = "namets export"
	Django Format = "Django dump"
)

// File is the result of [Decode]. Several goroutines may read it.
type File struct {
	Format Format
	// Data contains the valid rows, in the order of the file.
	Data namets.Dataset
	// Foreign counts the objects of a Django dump whose models this service does not store, by
	// model in alphabetical order.
	Foreign []ModelCount

	locations map[namets.Kind][]location // parallel to the slices of Data
	seen      map[uniqueness]map[string]seenAt
	bad       *Complaints
	broken    bool // the JSON breaks off: rows may be missing
}

// Decode reads a file to its end. It blocks only on r.
//
// If the file has errors, the error is [*Complaints], and the File contains the rows without a
// complaint. Any other error comes from r, with a nil File.
func Decode(r io.Reader) (*File, error) {
	f := &File{locations: map[namets.Kind][]location{}, seen: map[uniqueness]map[string]seenAt{}}
	if err := f.decode(r); err != nil {
		broken, ok := errors.AsType[*syntaxError](err)
		if !ok {
			return nil, err
		}
		f.broken = true
		f.complain(Complaint{At: broken.at, List: broken.list, Row: broken.row, Field: broken.field,
			Message: broken.msg})
	}
	if f.bad == nil {
		return f, nil
	}
	return f, f.bad.with(nil)
}

func (f *File) decode(r io.Reader) error {
	s, err := newScanner(r)
	if err != nil {
		return err
	}
	switch b, err := s.peek(); {
	case err != nil && s.at == (Pos{1, 1}) && errors.As(err, new(*syntaxError)):
		return s.syntax("the file is empty")
	case err != nil:
		return err
	case b == '{':
		f.Format = Native
		err = f.native(s)
		if err != nil {
			return err
		}
	case b == '[':
		f.Format = Django
		err = f.django(s)
		if err != nil {
			return err
		}
	default:
		return s.syntax("the file has to begin with { (what namets export writes) or [ (a Django dump), not %s",
			char(b))
	}
	return s.end()
}

// native reads this service's own format.
func (f *File) native(s *scanner) error {
	start, first := s.at, map[string]Pos{}
	err := s.object(func(key node) error {
		if at, dup := first[key.text]; dup {
			f.complain(Complaint{At: key.at, Field: mention(key.text),
				Message: fmt.Sprintf("is twice in the file, first at %s; write it once", at)})
			_, err := s.value(1)
			return err
		}
		first[key.text] = key.at
		if l := listNamed(key.text); l != nil {
			return f.list(s, key.text, l)
		}
		switch key.text {
		case "about", "now", "time_zone", "api_token":
		default:
			f.complain(Complaint{At: key.at, Field: mention(key.text),
				Message: "is not a key of this format; take it out or correct its spelling"})
		}
		_, err := s.value(1)
		return err
	})
	if err != nil {
		return err
	}
	for _, kind := range namets.ContentKinds() {
		if _, ok := first[string(kind)]; !ok {
			f.complain(Complaint{At: start, Field: string(kind), Message: "is missing; it has to be a list, [] when " +
				"there are no rows"})
		}
	}
	return nil
}

// list reads the rows of the list with the name.
func (f *File) list(s *scanner, name string, l list) error {
	if b, err := s.peek(); err != nil {
		return err
	} else if b != '[' {
		n, err := s.value(1)
		if err == nil {
			f.complain(Complaint{At: n.at, Field: name, Message: "is " + n.describe() +
				"; it has to be a list of objects"})
		}
		return err
	}
	row := 0
	return s.array(func() error {
		row++
		n, err := s.value(2)
		if err != nil {
			return inRow(name, row, err)
		}
		p := location{list: name, row: row, at: n.at}
		if n.is != '{' {
			f.complain(Complaint{At: n.at, List: p.list, Row: row, Message: "is " + n.describe() +
				"; it has to be an object"})
			return nil
		}
		l.read(f, p, n)
		return nil
	})
}

// name returns the name of a field in the file.
func (f *File) name(field string) string {
	if f.Format == Django {
		switch field {
		case "id":
			return "pk"
		case "category_id":
			return "category"
		}
	}
	return field
}

// ignores reports whether a key of a row is known but not stored.
func (f *File) ignores(key string) bool {
	if f.Format == Django {
		return unkept(key)
	}
	return strings.HasSuffix(key, "_rel_us") // a helper, section 9
}

// first records the position of a value that may occur only once, and returns its earlier position.
func (f *File) first(u uniqueness, key string, here seenAt) (first seenAt, dup bool) {
	values := f.seen[u]
	if values == nil {
		values = map[string]seenAt{}
		f.seen[u] = values
	}
	if first, dup = values[key]; !dup {
		values[key] = here
	}
	return first, dup
}

func (f *File) complain(c Complaint) { f.bad = f.bad.add(c) }

// locate turns conflicts in the store into complaints. It omits those that only follow from another
// complaint.
func (f *File) locate(conflicts []namets.RowConflict) []Complaint {
	var found []Complaint
	for _, c := range conflicts {
		if f.bad != nil && c.Kind == namets.KindEvents && c.Field == "category_id" && f.hasCategoryOf(c.Index) {
			continue
		}
		p := f.locations[c.Kind][c.Index]
		found = append(found, Complaint{
			At: p.of(c.Field), List: p.list, Row: p.row, ID: p.id, Field: f.name(c.Field), Message: c.Message,
		})
	}
	return found
}

// hasCategoryOf reports whether the category of an event is in the file, valid or not.
func (f *File) hasCategoryOf(event int) bool {
	category := f.Data.Events[event].CategoryID
	if category == nil {
		return false
	}
	_, ok := f.seen[uniqueness{namets.KindEventCategories, "id"}][strconv.FormatInt(*category, 10)]
	return ok
}
