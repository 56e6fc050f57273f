package v1

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"namets/internal/namets"
)

// rowBody reads the bodies that write rows of one kind. Only the types of members are checked here:
// the rules are those of the domain, which passes over what a change leaves as it is, and reports
// all broken ones in one go. The tags of the body document them.
type rowBody struct {
	types    decoder
	schema   *huma.Schema // for the document
	readOnly []string     // members of the row that no body changes
}

// newRowBody describes bodies of the type B for rows that the type R describes. A body may also
// hold what is read-only in the row.
func newRowBody[R, B any](registry huma.Registry, name string) rowBody {
	b := rowBody{schema: registry.Schema(reflect.TypeFor[B](), true, name)}
	schema := resolved(registry, b.schema)
	row := resolved(registry, registry.Schema(reflect.TypeFor[R](), true, name+"Row"))
	types := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for member, s := range schema.Properties {
		types.Properties[member] = typesOf(registry, s)
	}
	for member, s := range row.Properties {
		if schema.Properties[member] != nil {
			continue
		}
		documented := *s
		documented.ReadOnly, documented.Description = true, s.Description+". Ignored when it is that of the row"
		schema.Properties[member] = &documented
		types.Properties[member] = &huma.Schema{}
		b.readOnly = append(b.readOnly, member)
	}
	slices.Sort(b.readOnly)
	types.PrecomputeMessages()
	b.types = decoder{registry, types}
	return b
}

// typesOf returns what the schema says of types alone.
func typesOf(registry huma.Registry, s *huma.Schema) *huma.Schema {
	s = resolved(registry, s)
	types := &huma.Schema{Type: s.Type, Nullable: s.Nullable}
	if s.Items != nil {
		types.Items = typesOf(registry, s.Items)
	}
	return types
}

// readRow reads the body of a request into a B, and returns the read-only members that it has. Its
// errors are those of readBody and decode.
func readRow[B any](r *Request, body *rowBody) (b *B, readOnly map[string]any, err error) {
	if _, err := r.readBody(bodyTypes(r.x.op.Method)); err != nil {
		return nil, nil, err
	}
	b = new(B)
	readOnly, err = body.decode(r.body, b)
	return b, readOnly, err
}

// resolved returns the schema to which s refers.
func resolved(registry huma.Registry, s *huma.Schema) *huma.Schema {
	for s.Ref != "" {
		s = registry.SchemaFromRef(s.Ref)
	}
	return s
}

// requiring returns the schema of a body that must have the members.
func (b *rowBody) requiring(members []string) *huma.Schema {
	return &huma.Schema{AllOf: []*huma.Schema{b.schema, {Type: huma.TypeObject, Required: members}}}
}

// decode reads the body into v, and returns the read-only members that it has. Its error is a
// [Problem].
func (b *rowBody) decode(body []byte, v any) (readOnly map[string]any, err error) {
	var sent any
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, b.types.problemOf(body, err)
	}
	if issues := b.types.check(sent); len(issues) > 0 {
		return nil, invalid(issues...)
	}
	if err := json.Unmarshal(body, v); err != nil { // such as a number that no integer holds
		return nil, b.types.problemOf(body, err)
	}
	readOnly = map[string]any{}
	for member, value := range sent.(map[string]any) {
		if slices.Contains(b.readOnly, member) {
			readOnly[member] = value
		}
	}
	return readOnly, nil
}

// edited is what a body does to a row.
type edited struct {
	// was is the row as it is shown, nil for a new one.
	was map[string]any
	// path is the author's key in the path; empty for none.
	path     string
	problems namets.Problems
}

// blame adds a problem with a member.
func (e *edited) blame(member, message string) {
	e.problems = append(e.problems, &namets.Error{Code: namets.Invalid, Field: member, Message: message})
}

// shows reports whether the row shows the value.
func (e *edited) shows(member string, value any) bool {
	was, ok := e.was[member]
	return ok && reflect.DeepEqual(was, value)
}

// setByNamets is the problem of a read-only member that differs from the row.
const setByNamets = "is set by namets: leave it out, or send back what the row shows"

// keepReadOnly adds a problem with the message for each read-only member that is not that of the
// row, which may be none.
func (e *edited) keepReadOnly(sent map[string]any, message string) {
	for member, value := range sent {
		if !e.shows(member, value) {
			e.blame(member, message)
		}
	}
	slices.SortFunc(e.problems, func(a, b *namets.Error) int { return cmp.Compare(a.Field, b.Field) })
}

// show sets what the stored row shows; row is its JSON.
func (e *edited) show(row []byte) error { return json.Unmarshal(row, &e.was) }

// result returns the problems of the body and those of the row, one for each member.
func (e *edited) result(ofRow ...error) error {
	return namets.JoinProblems(append([]error{e.problems}, ofRow...)...)
}
