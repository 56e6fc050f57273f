package v1

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
)

// Prefix is the path of the API, without a slash at its end.
const Prefix = "/api/v1"

// tokenScheme is the name of the token in the document, tokenHeader the header that holds it.
const (
	tokenScheme = "token"
	tokenHeader = "X-N8N-Token"
)

// emailParameter is the name of an address in a path, which is its last part.
const emailParameter = "email"

// routes is huma's adapter: it collects the operations by path, and mounts the paths.
type routes struct {
	callers callers
	paths   map[string]map[string]handler // path → method → handler
}

// handler is one operation.
type handler struct {
	op     *huma.Operation
	handle func(huma.Context)
	scopes namets.Scopes // the token needs all of them
	open   bool          // no token is needed
}

// Handle registers an operation. Only huma calls it.
func (r *routes) Handle(op *huma.Operation, handle func(huma.Context)) {
	h := handler{op: op, handle: handle}
	for _, scheme := range op.Security {
		scopes, ok := scheme[tokenScheme]
		h.open = h.open || !ok // one way to call it that needs no token
		for _, scope := range scopes {
			h.scopes = append(h.scopes, namets.Scope(scope))
		}
	}
	if r.paths[op.Path] == nil {
		r.paths[op.Path] = map[string]handler{}
	}
	r.paths[op.Path][op.Method] = h
}

// ServeHTTP is not used: Echo serves the paths.
func (r *routes) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "not mounted", http.StatusNotImplemented)
}

// pattern returns an operation's path in the form of Echo, below the prefix.
func pattern(path string) string {
	return Prefix + strings.NewReplacer("{"+emailParameter+"}", "*", "{", ":", "}", "").Replace(path)
}

// mount registers each path, with and without a slash at its end, for no method at all: Echo then
// calls one handler for every method, so that the token is checked before path and method.
func (r *routes) mount(e *echo.Echo) {
	for _, path := range slices.Sorted(maps.Keys(r.paths)) {
		serve := r.serve(r.paths[path])
		e.RouteNotFound(pattern(path), serve)
		e.RouteNotFound(pattern(path)+"/", serve)
	}
	unknown := r.serve(nil)
	e.RouteNotFound(Prefix, unknown)
	e.RouteNotFound(Prefix+"/*", unknown)
}

// serve returns the handler of a path with the methods; nil means that there is no such path.
func (r *routes) serve(methods map[string]handler) echo.HandlerFunc {
	allow := allowed(methods)
	anyone := false
	for _, h := range methods {
		anyone = anyone || h.open
	}
	return func(c echo.Context) error {
		caller, err := r.callers.Check(c)
		method := c.Request().Method
		h, known := methods[asGet(method)]
		if method == http.MethodHead && known && h.op.Metadata[leases] != nil {
			known = false
		}
		switch {
		case err != nil && !(h.open && known) && !(anyone && method == http.MethodOptions):
			return send(c, tokenProblem(err))
		case methods == nil || holdsSlash(c):
			return notFound().send(c)
		case method == http.MethodOptions:
			return options(c, allow)
		case !known:
			return methodProblem(method, allow).send(c)
		}
		for _, scope := range h.scopes {
			if !caller.May(scope) {
				return scopeProblem(scope).send(c)
			}
		}
		x := &exchange{c: c, op: h.op, caller: caller, denied: err}
		h.handle(x)
		return x.send()
	}
}

// options answers a request for the methods of a path.
func options(c echo.Context, allow string) error {
	c.Response().Header()["Allow"] = []string{allow}
	return c.NoContent(http.StatusNoContent)
}

// methodProblem is the problem of a method that the path does not have.
func methodProblem(method, allow string) *Problem {
	p := problem(http.StatusMethodNotAllowed, codeMethod, `Method "`+method+`" not allowed.`)
	p.header = [2]string{"Allow", allow}
	return p
}

// asGet returns the method whose operation answers: HEAD is a GET without the body.
func asGet(method string) string {
	if method == http.MethodHead {
		return http.MethodGet
	}
	return method
}

// holdsSlash reports whether a parameter of the path is none: the server passes %2F on as a slash.
// Addresses, which may contain one, are the rest of their path.
func holdsSlash(c echo.Context) bool {
	for i, name := range c.ParamNames() {
		if name != "*" && strings.Contains(c.ParamValues()[i], "/") {
			return true
		}
	}
	return false
}

// allowed returns the value of Allow for a path with the methods.
func allowed(methods map[string]handler) string {
	list := slices.Collect(maps.Keys(methods))
	if h, ok := methods[http.MethodGet]; ok && h.op.Metadata[leases] == nil {
		list = append(list, http.MethodHead)
	}
	list = append(list, http.MethodOptions)
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// tokenProblem returns the problem of a request without a valid token, in the words of the
// contract. Errors of the store, for which the server answers, stay as they are.
func tokenProblem(err error) error {
	switch {
	case errors.Is(err, auth.ErrTokenUnknown):
		p := problem(http.StatusServiceUnavailable, codeUnavailable, "The API token is not available yet.")
		p.header = [2]string{"Retry-After", "5"}
		return p
	case errors.Is(err, auth.ErrTokenRefused):
		return problem(http.StatusForbidden, codeToken, "Invalid or missing token")
	}
	return err
}

// scopeProblem is the problem of a token that lacks a scope.
func scopeProblem(scope namets.Scope) *Problem {
	return problem(http.StatusForbidden, codeScope, "The token lacks the scope "+string(scope)+".")
}
