package v1

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// configureHuma sets the package variables of huma, once. None of them depends on an [API]. Huma
// describes a Problem as the error of every operation, and leaves the errors that it finds in the
// parameters in the exchange.
var configureHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, _ ...error) huma.StatusError {
		return problem(status, codeOf(status), message)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := problem(status, codeOf(status), message)
		if x, ok := ctx.(*exchange); ok {
			p = x.refused(errs)
			x.err = p
		}
		return p
	}
})

// newHuma returns an API of huma that registers its operations with routes. site is the public
// address.
func newHuma(routes *routes, info *huma.Info, site string) huma.API {
	configureHuma()
	return huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    info,
			Servers: []*huma.Server{{URL: site + Prefix}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{tokenScheme: {
					Type: "apiKey", In: "header", Name: tokenHeader,
					Description: "The shared token, or a named token with the scopes that the operation lists.",
				}},
			},
		},
		Formats: map[string]huma.Format{"application/json": {
			Marshal:   func(io.Writer, any) error { return nil },
			Unmarshal: func([]byte, any) error { return nil },
		}},
	}, routes)
}

// refused returns the problem for what huma has found wrong with the parameters, and what was found
// before. A path whose parameter is wrong leads nowhere, unless a PUT would create it.
func (x *exchange) refused(errs []error) *Problem {
	issues := x.issues
	for _, err := range errs {
		detail, ok := errors.AsType[*huma.ErrorDetail](err)
		if !ok {
			continue // huma makes no others
		}
		place, name, _ := strings.Cut(detail.Location, ".")
		if place == "path" && x.c.Request().Method != http.MethodPut {
			return notFound()
		}
		issue := atParameter(name, ruleText(detail.Message))
		if place == "header" {
			issue = atHeader(name, ruleText(detail.Message))
		}
		if !slices.ContainsFunc(issues, issue.samePlace) {
			issues = append(issues, issue)
		}
	}
	return invalid(issues...)
}

// ruleText returns a rule that huma found broken in the words of this API: "must …", after the name
// of what broke it.
func ruleText(message string) string {
	if rest, ok := strings.CutPrefix(message, "invalid value: "); ok { // of a type's own UnmarshalText
		return rest
	}
	if rest, ok := strings.CutPrefix(message, "expected "); ok {
		for _, r := range [...]struct{ from, to string }{
			{"value to be ", "must be "}, {"string to be ", "must be "}, {"string to match ", "must match "},
			{"value to ", "must "}, {"array items to be unique", "must not have an item twice"},
			{"length ", "must have a length "}, {"array length ", "must have a number of items "},
			{"object with ", "must have "}, {"boolean", "must be true or false"}, {"number ", "must be a number "},
			{"string", "must be a text"}, {"array", "must be a list"}, {"object", "must be an object"},
			{"integer", "must be a whole number"}, {"number", "must be a number"},
		} {
			if tail, ok := strings.CutPrefix(rest, r.from); ok {
				return r.to + tail
			}
		}
	}
	switch {
	case strings.HasPrefix(message, "invalid date/time"):
		return "must be a time with an offset, such as 2026-03-01T18:00:00+01:00"
	case message == "invalid integer":
		return "must be a whole number"
	case strings.HasPrefix(message, "required ") && strings.HasSuffix(message, " is missing"):
		return "is missing"
	case message == "invalid boolean":
		return "must be true or false"
	}
	return message
}

func notFound() *Problem { return problem(http.StatusNotFound, codeNotFound, "Not found.") }
