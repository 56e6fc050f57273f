package admin

import "namets/internal/namets"

// Route is a row of the table of routes, for tests.
type Route struct {
	Method, Path string
	Needs        namets.Role
}

// Table returns the table of routes.
func (a *Admin) Table() []Route {
	var list []Route
	for _, r := range a.table {
		list = append(list, Route{r.method, r.path, r.needs})
	}
	return list
}

// Inside is where a redirect to the path leads.
func Inside(path string) string { return inside(path) }

// Demands are the fields that forms demand, by path.
func Demands() map[string][]string { return demands() }
