package transfer

import (
	"maps"
	"regexp"
	"slices"

	"namets/internal/namets"
)

var modelForm = regexp.MustCompile(`^\w{1,100}\.\w{1,100}$`)

// listsByModel returns the list for each Django model that is stored.
func listsByModel() map[string]list {
	byModel := map[string]list{}
	for _, l := range lists() {
		_, model := l.names()
		byModel[model] = l
	}
	return byModel
}

// unkept reports whether the field of a stored Django model is known but not stored.
func unkept(field string) bool {
	switch field {
	case "image", "photo", // files, which move another way
		"email_sent",               // import counts everything as announced (contract section 7)
		"created_by", "updated_by", // users are not taken over
		"created_at", "updated_at":
		return true
	}
	return false
}

// django reads the output of manage.py dumpdata.
func (f *File) django(s *scanner) error {
	known, foreign, row := listsByModel(), map[string]int{}, 0
	err := s.array(func() error {
		row++
		n, err := s.value(1)
		if err != nil {
			return inRow("object", row, err)
		}
		f.object(n, row, known, foreign)
		return nil
	})
	for _, model := range slices.Sorted(maps.Keys(foreign)) {
		f.Foreign = append(f.Foreign, ModelCount{model, foreign[model]})
	}
	return err
}

// object reads one element of a dump. It counts those of unknown models.
func (f *File) object(n node, row int, known map[string]list, foreign map[string]int) {
	p := location{list: "object", row: row, at: n.at}
	complain := func(at Pos, field, message string) {
		f.complain(Complaint{At: at, List: p.list, Row: row, Field: field, Message: message})
	}
	if n.is != '{' {
		complain(n.at, "", "is "+n.describe()+`; it has to be an object with the keys "model", "pk" and "fields"`)
		return
	}
	byKey := map[string]property{}
	for _, m := range n.properties {
		if first, dup := byKey[m.key.text]; dup {
			complain(m.key.at, mention(m.key.text), "is twice in this object, first at "+first.key.at.String()+
				"; write it once")
			continue
		}
		byKey[m.key.text] = m
	}
	model, ok := byKey["model"]
	if !ok || model.value.is != '"' || !modelForm.MatchString(model.value.text) {
		complain(n.at, "model", `is missing or no model; it has to be a text like "events.event"`)
		return
	}
	l, kept := known[model.value.text]
	if !kept {
		foreign[model.value.text]++
		return
	}
	p.list = model.value.text
	for _, m := range n.properties {
		switch m.key.text {
		case "model", "pk", "fields":
		default:
			complain(m.key.at, mention(m.key.text), "is not a key of a dump's object; take it out")
		}
	}
	fields, ok := byKey["fields"]
	if !ok || fields.value.is != '{' {
		complain(n.at, "fields", "is missing or no object; it has to hold the fields of the row")
		return
	}
	kind, _ := l.names()
	l.read(f, p, flatten(kind, byKey, n.at))
}

// flatten turns an object of a dump into one flat object: its fields and "pk". A patron's missing
// e-mail address is null in some versions of the site and empty here.
func flatten(kind namets.Kind, byKey map[string]property, at Pos) node {
	fields := byKey["fields"].value
	if kind == namets.KindPatrons {
		for i, m := range fields.properties {
			if m.key.text == "email" && m.value.is == 'n' {
				fields.properties[i].value.is = '"' // its text is empty
			}
		}
	}
	if pk, ok := byKey["pk"]; ok {
		fields.properties = slices.Insert(fields.properties, 0, pk)
	}
	fields.at = at
	return fields
}
