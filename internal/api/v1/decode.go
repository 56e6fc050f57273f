package v1

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decoder reads the bodies of one operation.
type decoder struct {
	registry huma.Registry
	schema   *huma.Schema
}

// newDecoder returns a decoder of bodies of the type, and adds the type's schema to the registry.
func newDecoder(registry huma.Registry, body reflect.Type, hint string) decoder {
	return decoder{registry, registry.Schema(body, true, hint)}
}

// decode reads body, which must be one JSON value that obeys the schema, into v. All broken rules
// are reported in one go. Its error is a [Problem].
func (d decoder) decode(body []byte, v any) error {
	var sent any
	if err := json.Unmarshal(body, &sent); err != nil {
		return d.problemOf(body, err)
	}
	issues := d.check(sent)
	if len(issues) > 0 {
		return invalid(issues...)
	}
	// What the schema cannot say remains, such as a number that no integer holds
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		return d.problemOf(body, err)
	}
	return nil
}

// check returns what is wrong with a value that was sent. It looks no further once it has found
// more than maxIssues.
func (d decoder) check(sent any) []Issue {
	issues := d.strays(d.schema, sent, "")
	if len(issues) > maxIssues {
		return issues
	}
	for _, err := range d.broken(d.schema, sent) {
		detail, ok := errors.AsType[*huma.ErrorDetail](err)
		if !ok || detail.Message == unexpected {
			continue // strays knows better where it is
		}
		issue := Issue{Pointer: pointerOf(detail.Location), Detail: ruleText(detail.Message)}
		if name, ok := missingMember(detail.Message); ok {
			issue = Issue{Pointer: pointerTo(issue.Pointer, name), Detail: "is missing"}
		}
		issue.whole = issue.Pointer == ""
		if !slices.ContainsFunc(issues, issue.samePlace) {
			issues = append(issues, issue)
		}
		if len(issues) > maxIssues {
			break
		}
	}
	return issues
}

// unexpected is huma's message about an unknown member.
const unexpected = "unexpected property"

// broken returns the rules of the schema that the value breaks.
func (d decoder) broken(s *huma.Schema, sent any) []error {
	var result huma.ValidateResult
	huma.Validate(d.registry, s, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, sent, &result)
	return result.Errors
}

// strays returns the unknown members of a value, the nulls where none is allowed, and values of
// which a description says what they must be. huma passes over these nulls, places members wrongly
// whose names contain a dot, and says of alternatives only that none matches.
func (d decoder) strays(s *huma.Schema, sent any, at string) (issues []Issue) {
	for s.Ref != "" {
		s = d.registry.SchemaFromRef(s.Ref)
	}
	if len(s.OneOf) > 0 && len(d.broken(s, sent)) > 0 {
		return []Issue{{Pointer: at, Detail: "must be " + s.Description, whole: at == ""}}
	}
	switch sent := sent.(type) {
	case nil:
		if !s.Nullable && s.Type != "" {
			return []Issue{{Pointer: at, Detail: "must not be null", whole: at == ""}}
		}
	case []any:
		for i, item := range sent {
			if s.Items != nil {
				issues = append(issues, d.strays(s.Items, item, at+"/"+strconv.Itoa(i))...)
			}
		}
	case map[string]any:
		if s.Properties == nil {
			return nil
		}
		for name, value := range sent {
			if property, ok := s.Properties[name]; ok {
				issues = append(issues, d.strays(property, value, pointerTo(at, name))...)
			} else if s.AdditionalProperties == false {
				issues = append(issues, Issue{Pointer: pointerTo(at, name), Detail: "is not known"})
			}
		}
		slices.SortFunc(issues, func(a, b Issue) int { return strings.Compare(a.Pointer, b.Pointer) })
	}
	return issues
}

// missingMember returns the name in huma's message about a required member that was not sent, which
// it places at the object.
func missingMember(message string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(message, "expected required property ")
	return strings.TrimSuffix(rest, " to be present"), ok
}

// pointerOf returns the JSON pointer of a location of huma, such as rows[3].email. The names of
// members in schemas contain no dots and brackets.
func pointerOf(location string) string {
	if location == "" {
		return ""
	}
	return "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(strings.TrimPrefix(location, "."))
}

// problemOf returns the problem of a body that could not be decoded.
func (d decoder) problemOf(body []byte, err error) *Problem {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		if err := wellFormed(body); err != nil {
			return d.problemOf(body, err)
		}
		detail, ok := errors.AsType[wrongValue](err)
		if !ok {
			detail = "has the wrong type or is out of range"
		}
		return invalid(Issue{Pointer: string(semantic.JSONPointer), Detail: string(detail),
			whole: semantic.JSONPointer == ""})
	}
	detail := "The body is not valid JSON."
	syntactic, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		detail = "The body is empty; it must be JSON."
	case errors.Is(err, io.ErrUnexpectedEOF):
		detail = "The body breaks off; it must be one whole JSON value."
	case errors.Is(err, jsontext.ErrDuplicateName):
		detail = "The body has a member twice."
	case ok:
		detail = "The body is not valid JSON, from byte " + strconv.FormatInt(syntactic.ByteOffset+1, 10) + " on."
	}
	p := problem(http.StatusBadRequest, codeMalformed, detail)
	if ok && errors.Is(err, jsontext.ErrDuplicateName) {
		p.Errors = []Issue{{Pointer: string(syntactic.JSONPointer), Detail: "occurs twice"}}
	}
	return p
}

// wrongValue is the error of a type that reads its own JSON: what the value must be. It does not
// repeat the value.
type wrongValue string

// Error returns the text.
func (w wrongValue) Error() string { return string(w) }

// wellFormed returns the syntactic error of a body, nil if it is one JSON value. A decoder that
// meets a wrong type first does not read the rest.
func wellFormed(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if err := d.SkipValue(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return errors.Join(errSecondValue, err)
	}
	return nil
}

// errSecondValue means that something follows the value of a body.
var errSecondValue = errors.New("something follows the JSON value")
