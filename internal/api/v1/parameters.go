package v1

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// strict is huma's middleware of every operation: it collects what is wrong with the parameters
// that huma would pass over, and lets huma collect the rest.
func strict(ctx huma.Context, next func(huma.Context)) {
	x := ctx.(*exchange)
	query, err := url.ParseQuery(x.c.Request().URL.RawQuery)
	if err != nil || !validQuery(query) {
		x.err = problem(http.StatusBadRequest, codeMalformed, "The query is not valid: it takes name=value pairs "+
			"that are joined by & and percent-encoded UTF-8.")
		return
	}
	x.query = query
	x.issues = slices.Concat(queryIssues(x.op, query), headerIssues(x.op, x.c.Request().Header))
	next(ctx)
}

// validQuery reports whether names and values are UTF-8.
func validQuery(query url.Values) bool {
	for name, values := range query {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return false
		}
	}
	return true
}

// queryIssues returns what is wrong with the names of the query, and with values whatever they
// mean.
func queryIssues(op *huma.Operation, query url.Values) (issues []Issue) {
	var known []string
	for _, p := range op.Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	for name, values := range query {
		if slices.Contains(known, name) {
			issues = append(issues, valueIssues(atParameter(name, ""), values)...)
		} else {
			issues = append(issues, unknownParameter(name, known))
		}
	}
	slices.SortFunc(issues, func(a, b Issue) int { return strings.Compare(a.Parameter, b.Parameter) })
	return issues
}

// unknownParameter returns the issue about a parameter that the operation does not know. It repeats
// the name only if it looks like one: anything may have been sent.
func unknownParameter(name string, known []string) Issue {
	if len(name) > 40 || strings.Trim(name, nameLetters) != "" {
		name = "?"
	}
	if len(known) == 0 {
		return atParameter(name, "is not known: this operation takes no parameters in the query")
	}
	return atParameter(name, "is not known: this operation takes "+strings.Join(known, ", "))
}

// nameLetters are the characters of names of parameters.
const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// headerIssues returns what is wrong with the values of the headers that the operation knows.
func headerIssues(op *huma.Operation, h http.Header) (issues []Issue) {
	for _, p := range op.Parameters {
		if p.In != "header" {
			continue
		}
		values := h.Values(p.Name)
		if isList(p.Name) && len(values) > 1 {
			values = []string{strings.Join(values, ", ")}
		}
		issues = append(issues, valueIssues(atHeader(p.Name, ""), values)...)
	}
	return issues
}

// isList reports whether the header holds a list, which may come in several lines.
func isList(name string) bool { return name == "If-Match" || name == "If-None-Match" }

// header returns the value of a request's header; a list in several lines as one.
func header(r *http.Request, name string) string {
	if isList(name) {
		return strings.Join(r.Header.Values(name), ", ")
	}
	return r.Header.Get(name)
}

// valueIssues returns what is wrong with the values of one parameter or header at the place.
func valueIssues(place Issue, values []string) []Issue {
	switch {
	case len(values) > 1:
		place.Detail = "must occur once"
	case len(values) == 1 && values[0] == "":
		place.Detail = "must not be empty"
	case len(values) == 1 && (strings.ContainsRune(values[0], 0) || !utf8.ValidString(values[0])):
		place.Detail = "must be a text of valid UTF-8 without U+0000"
	default:
		return nil
	}
	return []Issue{place}
}
