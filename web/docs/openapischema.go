package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// schemas is the place of the named schemas in the document.
const schemas = "#/components/schemas/"

// name returns what a body is, with a link to its object.
func (api *openAPI) name(s apiSchema) string {
	if name, ok := strings.CutPrefix(s.Ref, schemas); ok {
		return "[" + name + "](#" + strings.ToLower(name) + "-object)"
	}
	if len(s.AllOf) > 0 {
		return api.name(s.AllOf[0]) + requiring(s.AllOf[1:])
	}
	if len(s.OneOf) > 0 {
		names := make([]string, len(s.OneOf))
		for i := range s.OneOf {
			names[i] = api.name(s.OneOf[i])
		}
		return strings.Join(names, " or ")
	}
	if s.Items != nil {
		return "a list of " + or(api.name(*s.Items), s.Items.Description)
	}
	return typeName(s)
}

// requiring names the members that the schemas require.
func requiring(list []apiSchema) string {
	var names []string
	for _, s := range list {
		for _, name := range s.Required {
			names = append(names, "`"+name+"`")
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " with " + strings.Join(names, ", ")
}

// whole returns a schema without a reference: the one that it names, or all of its parts in one.
func (api *openAPI) whole(s apiSchema) apiSchema {
	if name, ok := strings.CutPrefix(s.Ref, schemas); ok {
		s = api.Components.Schemas[name]
	}
	for _, part := range s.AllOf {
		part = api.whole(part)
		if s.Properties == nil {
			s.Properties = part.Properties
		}
		s.Required = slices.Concat(s.Required, part.Required)
	}
	return s
}

// typeName returns the type in words.
func typeName(s apiSchema) string {
	var names []string
	switch t := s.Type.(type) {
	case string:
		names = []string{t}
	case []any:
		for _, name := range t {
			names = append(names, fmt.Sprint(name))
		}
	}
	words := map[string]string{"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}
	for i, name := range names {
		if word, ok := words[name]; ok {
			names[i] = word
		}
	}
	return strings.Join(names, " or ")
}

// takes returns the values that a parameter or a member takes.
func (api *openAPI) takes(s apiSchema) string {
	parts := []string{or(api.name(s), "any value")}
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = "`" + fmt.Sprint(v) + "`"
		}
		parts = []string{strings.Join(values, ", ")}
	}
	if s.Format == "date" || s.Format == "date-time" {
		parts[0] = strings.ReplaceAll(s.Format, "-", " and ") + map[bool]string{true: " or null"}[isNullable(s)]
	}
	bound := func(word string, n *float64) {
		if n != nil {
			parts = append(parts, word+" "+strconv.FormatFloat(*n, 'f', -1, 64))
		}
	}
	bound("from", s.Minimum)
	bound("to", s.Maximum)
	if s.MaxLength != nil {
		parts = append(parts, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	if s.MaxItems != nil {
		parts = append(parts, fmt.Sprintf("at most %d items", *s.MaxItems))
	}
	if len(s.Default) > 0 {
		parts = append(parts, "default `"+strings.Trim(string(s.Default), `"`)+"`")
	}
	if s.ReadOnly {
		parts = append(parts, "read only")
	}
	return strings.Join(parts, "; ")
}

func isNullable(s apiSchema) bool {
	list, _ := s.Type.([]any)
	return slices.Contains(list, any("null"))
}

// curl returns a line to paste, also into n8n's Import cURL.
func (api *openAPI) curl(op apiOperation) string {
	path := op.path
	query := []string{}
	for _, p := range op.Parameters {
		value := strings.Trim(string(api.example(p.Schema, 0)), `"`)
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case p.In == "query" && p.Name == "limit":
			query = append(query, "limit=200")
		case p.In == "query" && p.Required:
			query = append(query, p.Name+"="+url.QueryEscape(value))
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	line := "curl"
	if op.method != "GET" {
		line += " -X " + op.method
	}
	line += " '" + api.server() + path + "' -H 'X-N8N-Token: YOUR-TOKEN'"
	body, ok := op.RequestBody.Content["application/json"]
	if !ok {
		return line
	}
	example := body.Example
	if len(example) == 0 {
		example = api.example(body.Schema, 0)
	}
	return line + " -H 'Content-Type: application/json' -d '" + strings.ReplaceAll(string(example), "'", `'\''`) + "'"
}

// example returns a value of the schema in JSON: of an object, the members that are required or
// have an example.
func (api *openAPI) example(s apiSchema, depth int) json.RawMessage {
	s = api.whole(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return json.RawMessage(strconv.Quote(fmt.Sprint(s.Enum[0])))
	case len(s.Default) > 0:
		return s.Default
	case s.Items != nil && depth < 3:
		return json.RawMessage("[" + string(api.example(*s.Items, depth+1)) + "]")
	case s.Properties != nil && depth < 3:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[name]
			if !p.ReadOnly && (len(p.Examples) > 0 || slices.Contains(s.Required, name)) {
				members = append(members, strconv.Quote(name)+":"+string(api.example(p, depth+1)))
			}
		}
		return json.RawMessage("{" + strings.Join(members, ",") + "}")
	}
	switch t := typeName(s); {
	case s.Format == "date":
		return json.RawMessage(`"2026-03-01"`)
	case s.Format == "date-time":
		return json.RawMessage(`"2026-03-01T18:00:00+01:00"`)
	case strings.HasPrefix(t, "whole number"):
		return json.RawMessage("1")
	case strings.HasPrefix(t, "true"):
		return json.RawMessage("false")
	case strings.HasPrefix(t, "list"):
		return json.RawMessage("[]")
	case strings.HasPrefix(t, "object"):
		return json.RawMessage("{}")
	}
	return json.RawMessage(`"text"`)
}
