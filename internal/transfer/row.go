package transfer

import (
	"fmt"

	"namets/internal/namets"
)

// location is the position of a row in the file.
type location struct {
	list string // as in [Complaint]
	row  int
	id   int64 // 0: not known
	at   Pos
	// keys are the positions of the fields that the store may object to, see keyIndex.
	keys [4]Pos
}

// keyIndex returns the index of a field in location.keys, or -1.
func keyIndex(field string) int {
	switch field {
	case "id":
		return 0
	case "email", "slug", "date":
		return 1
	case "token", "category_id":
		return 2
	case "key":
		return 3
	}
	return -1
}

// of returns the position of a field, or that of the row if it is not known.
func (p location) of(field string) Pos {
	if i := keyIndex(field); i >= 0 && p.keys[i] != (Pos{}) {
		return p.keys[i]
	}
	return p.at
}

// uniqueness names a field by which the rows of a kind are identified.
type uniqueness struct {
	kind  namets.Kind
	field string
}

// seenAt is the first position of a value.
type seenAt struct {
	row int
	at  Pos
}

// rowReader reads one JSON object into one row.
type rowReader struct {
	f          *File
	kind       namets.Kind
	location   location
	properties []property
	// byName maps each name to the index of its first member.
	byName   map[string]int
	consumed []bool // which of the properties have been read
	bad      bool   // there was a complaint
}

// readRow reads n into the fields of a row and reports whether the row is valid. It records the
// location of a valid row.
func (f *File) readRow(kind namets.Kind, fields []field, p location, n node) bool {
	r := &rowReader{f: f, kind: kind, location: p, properties: n.properties}
	r.index()
	for _, fd := range fields {
		r.read(fd)
	}
	r.rest()
	if r.bad {
		return false
	}
	f.locations[kind] = append(f.locations[kind], r.location)
	return true
}

// index finds the row's id, for complaints, and repeated keys.
func (r *rowReader) index() {
	r.byName = make(map[string]int, len(r.properties))
	r.consumed = make([]bool, len(r.properties))
	var twice []int
	for i, m := range r.properties {
		if _, dup := r.byName[m.key.text]; dup {
			twice = append(twice, i)
			r.consumed[i] = true
		} else {
			r.byName[m.key.text] = i
		}
	}
	if i, ok := r.byName[r.f.name("id")]; ok {
		var v id
		if v.read(r.properties[i].value) == "" {
			r.location.id = int64(v)
		}
	}
	for _, i := range twice {
		key := r.properties[i].key
		first := r.properties[r.byName[key.text]].key.at
		r.complain(key.at, mention(key.text), "is twice in this row, first at %s; write it once", first)
	}
}

// read reads one field.
func (r *rowReader) read(fd field) {
	name := r.f.name(fd.name)
	i, ok := r.byName[name]
	if !ok {
		switch {
		case name == "pk":
			r.complain(r.location.at, name, "is missing; dump again without --natural-primary")
		case !fd.optional:
			r.complain(r.location.at, name, "is missing; it has to be %s", fd.value.form())
		}
		return
	}
	r.consumed[i] = true
	n := r.properties[i].value
	if k := keyIndex(fd.name); k >= 0 {
		r.location.keys[k] = n.at
	}
	if problem := fd.value.read(n); problem != "" {
		r.complain(n.at, name, "%s; it has to be %s", problem, fd.value.form())
		return
	}
	v, ok := fd.value.(keyed)
	if !ok || v.key() == "" {
		return
	}
	if first, dup := r.f.first(uniqueness{r.kind, fd.name}, v.key(), seenAt{r.location.row, n.at}); dup {
		note := ""
		if fd.name == "email" {
			note = " (letter case does not count, nor whether a domain is in Unicode or in Punycode)"
		}
		r.complain(n.at, name, "is the same%s as in row %d, %s; each may occur once only", note, first.row, first.at)
	}
}

// rest complains about the keys that no field has read.
func (r *rowReader) rest() {
	for i, m := range r.properties {
		if !r.consumed[i] && !r.f.ignores(m.key.text) {
			r.complain(m.key.at, mention(m.key.text), "is not a key of such a row, and would be lost; take it out or "+
				"correct its spelling")
		}
	}
}

func (r *rowReader) complain(at Pos, field, format string, args ...any) {
	r.bad = true
	r.f.complain(Complaint{
		At: at, List: r.location.list, Row: r.location.row, ID: r.location.id,
		Field: field, Message: fmt.Sprintf(format, args...),
	})
}
