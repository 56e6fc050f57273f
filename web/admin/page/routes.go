package page

import (
	"net/http"

	"namets/internal/namets"
)

// Nobody is the role that a route needs which is open to those who have not signed in.
const Nobody namets.Role = ""

// Route is one row of the table of pages and actions: who may do what.
type Route struct {
	Method, Path string
	Needs        namets.Role
	// Demands are the fields without which the form does nothing.
	Demands []string

	handle  func(*Visit) error
	largest int64                 // file that the form may bring, in bytes; 0: it brings none
	room    func() (int64, error) // for the file, in bytes; nil: nobody has to ask
}

// Get is the route of a page.
func Get(path string, needs namets.Role, handle func(*Visit) error) Route {
	return Route{Method: http.MethodGet, Path: path, Needs: needs, handle: handle}
}

// Post is the route of an action. What its form does not demand must do no harm when it is empty.
func Post(path string, needs namets.Role, handle func(*Visit) error) Route {
	return Route{Method: http.MethodPost, Path: path, Needs: needs, handle: handle}
}

// Demanding returns the route with the fields without which its form does nothing, for what is
// dangerous: a form that has lost its fields, or that something else than the page has sent, must
// not do it.
func (r Route) Demanding(fields ...string) Route {
	r.Demands = fields
	return r
}

// WithTable returns the route of a form that brings a table.
func (r Route) WithTable() Route {
	r.largest = maxTable
	return r
}

// WithFile returns the route of a form that brings a file of at most largest bytes, and of at most
// what room says.
func (r Route) WithFile(largest int64, room func() (int64, error)) Route {
	r.largest, r.room = largest, room
	return r
}

// reads reports whether the route answers with a page and changes nothing.
func (r Route) reads() bool { return r.Method == http.MethodGet }

// String names the route in logs and in the audit; it holds nothing of a request.
func (r Route) String() string { return r.Method + " " + r.Path }

// SignIn returns the routes by which users come in and leave.
func (k *Kit) SignIn() []Route {
	return []Route{
		Get(LoginPath, Nobody, k.loginForm),
		Post(LoginPath, Nobody, k.login),
		Post("/admin/logout", namets.Viewer, k.logout),
	}
}
