package page

import (
	"net/http"

	"namets/internal/namets"
)

// Nobody is the role of routes that are open to users who have not signed in.
const Nobody namets.Role = ""

// Route is one row of the table of pages and actions, with the required role.
type Route struct {
	Method, Path string
	Needs        namets.Role
	// Demands are the required fields of the form: without one of them it does nothing.
	Demands []string

	handle  func(*Visit) error
	largest int64                 // largest file of the form, in bytes; 0: no file
	room    func() (int64, error) // free space for the file, in bytes; nil: not checked
}

// Get is the route of a page.
func Get(path string, needs namets.Role, handle func(*Visit) error) Route {
	return Route{Method: http.MethodGet, Path: path, Needs: needs, handle: handle}
}

// Post is the route of an action. Fields that are not required must do no harm if they are missing.
func Post(path string, needs namets.Role, handle func(*Visit) error) Route {
	return Route{Method: http.MethodPost, Path: path, Needs: needs, handle: handle}
}

// Demanding returns the route with required fields. Use it for dangerous actions: a form that has
// lost its fields, or that does not come from the page, must not execute them.
func (r Route) Demanding(fields ...string) Route {
	r.Demands = fields
	return r
}

// WithTable returns the route of a form with a table.
func (r Route) WithTable() Route {
	r.largest = maxTable
	return r
}

// WithFile returns the route of a form with a file, which may have at most largest bytes, and at
// most the bytes that room returns.
func (r Route) WithFile(largest int64, room func() (int64, error)) Route {
	r.largest, r.room = largest, room
	return r
}

// reads reports whether the route only shows a page and changes nothing.
func (r Route) reads() bool { return r.Method == http.MethodGet }

// String names the route in logs and in the audit; it contains nothing of a request.
func (r Route) String() string { return r.Method + " " + r.Path }

// SignIn returns the routes for signing in and out.
func (k *Kit) SignIn() []Route {
	return []Route{
		Get(LoginPath, Nobody, k.loginForm),
		Post(LoginPath, Nobody, k.login),
		Post("/admin/logout", namets.Viewer, k.logout),
	}
}
