package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

const (
	// operationsFolder is the code of the open API in the repository, to which pages link, and
	// operationsPage the page that shows its operations.
	operationsFolder = "internal/api/v1"
	operationsPage   = "api"

	objects = "Objects" // the heading of what bodies consist of
)

// openAPI is what the page shows of an OpenAPI document.
type openAPI struct {
	Info    struct{ Description, Version string }
	Servers []struct{ URL string }
	// Paths has the operations by path and method.
	Paths      map[string]map[string]apiOperation
	Components struct{ Schemas map[string]apiSchema }
}

// apiOperation is one operation of the document.
type apiOperation struct {
	method, path         string
	Summary, Description string
	Tags                 []string
	Security             []map[string][]string
	Parameters           []struct {
		Name, In, Description string
		Required              bool
		Schema                apiSchema
	}
	RequestBody struct{ Content map[string]apiMedia }
	Responses   map[string]struct {
		Description string
		Content     map[string]apiMedia
	}
}

// apiMedia is a body of one media type.
type apiMedia struct {
	Schema  apiSchema
	Example json.RawMessage
}

// apiSchema is a JSON schema.
type apiSchema struct {
	Ref                  string `json:"$ref"`
	Type                 any    // a text, or a list of them
	Description          string
	Format, Pattern      string
	Default              json.RawMessage
	Examples             []json.RawMessage
	Enum                 []any
	Minimum, Maximum     *float64
	MinLength, MaxLength *int
	MaxItems             *int
	Items                *apiSchema
	AllOf, OneOf         []apiSchema
	Properties           map[string]apiSchema
	Required             []string
	ReadOnly             bool
}

// reference returns the page of an OpenAPI document as Markdown, so that it looks and is found like
// every other page.
func reference(document []byte) ([]byte, error) {
	var api openAPI
	if err := json.Unmarshal(document, &api); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	w := &markdown{}
	w.line("# API reference\n\n%s\n", api.Info.Description)
	w.line("The document that this page is made of, OpenAPI 3.1, is at `%s/openapi.json` and needs no token.\n",
		api.server())
	groups := api.operations()
	tags := slices.Sorted(maps.Keys(groups))
	for _, heading := range append(tags, objects) {
		w.line("- %s", toHeading(heading))
	}
	w.line("")
	for _, tag := range tags {
		w.line("## %s\n", tag)
		api.writeOverview(w, groups[tag])
		for _, op := range groups[tag] {
			api.writeOperation(w, op)
		}
	}
	w.line("## %s\n", objects)
	for _, name := range slices.Sorted(maps.Keys(api.Components.Schemas)) {
		w.line("### %s object\n", name)
		api.writeMembers(w, api.Components.Schemas[name])
	}
	return w.Bytes(), nil
}

// server returns the address of the API.
func (api *openAPI) server() string {
	if len(api.Servers) == 0 {
		return ""
	}
	return api.Servers[0].URL
}

// operations returns the operations by tag, sorted by path and method.
func (api *openAPI) operations() map[string][]apiOperation {
	groups := map[string][]apiOperation{}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			op, ok := api.Paths[path][method]
			if !ok || len(op.Tags) == 0 {
				continue
			}
			op.method, op.path = strings.ToUpper(method), path
			groups[op.Tags[0]] = append(groups[op.Tags[0]], op)
		}
	}
	return groups
}

// toHeading returns a link to the heading, which occurs once on the page.
func toHeading(heading string) string {
	return fmt.Sprintf("[%s](#%s)", heading, newAnchors().Generate([]byte(heading), ast.KindHeading))
}

// writeOverview lists operations with links to them.
func (api *openAPI) writeOverview(w *markdown, list []apiOperation) {
	w.row("Operation", "Request")
	w.row("---", "---")
	for _, op := range list {
		w.row(toHeading(op.Summary), fmt.Sprintf("`%s %s`", op.method, op.path))
	}
	w.line("")
}

func (api *openAPI) writeOperation(w *markdown, op apiOperation) {
	w.line("### %s\n", op.Summary)
	w.line("`%s %s%s`\n", op.method, api.server(), op.path)
	if scopes := op.scopes(); len(scopes) > 0 {
		w.line("The token needs `%s`.\n", strings.Join(scopes, "` and `"))
	}
	if op.Description != "" {
		w.line("%s\n", op.Description)
	}
	w.line("```sh\n%s\n```\n", api.curl(op))
	if len(op.Parameters) > 0 {
		w.row("Parameter", "Where", "Takes", "Meaning")
		w.row("---", "---", "---", "---")
		for _, p := range op.Parameters {
			w.row("`"+p.Name+"`", p.In, api.takes(p.Schema), or(p.Description, p.Schema.Description))
		}
		w.line("")
	}
	for _, mediaType := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
		w.line("The body is `%s`: %s.\n", mediaType, api.name(op.RequestBody.Content[mediaType].Schema))
	}
	w.row("Status", "Answer", "Body")
	w.row("---", "---", "---")
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		w.row(status, r.Description, api.name(r.Content["application/json"].Schema))
	}
	w.line("")
}

// scopes returns what the token of an operation needs.
func (op *apiOperation) scopes() (list []string) {
	for _, scheme := range op.Security {
		for _, scopes := range scheme {
			list = append(list, scopes...)
		}
	}
	return list
}

func (api *openAPI) writeMembers(w *markdown, s apiSchema) {
	w.row("Member", "Takes", "Meaning")
	w.row("---", "---", "---")
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		meaning := p.Description
		if slices.Contains(s.Required, name) {
			meaning = or(meaning, "Always there")
		}
		w.row("`"+name+"`", api.takes(p), meaning)
	}
	w.line("")
}

// or returns the first text that is not empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// markdown is a page in the making.
type markdown struct{ bytes.Buffer }

func (w *markdown) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// row adds a row of a table.
func (w *markdown) row(cells ...string) {
	for _, cell := range cells {
		w.WriteString("| " + strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(cell) + " ")
	}
	w.WriteString("|\n")
}
