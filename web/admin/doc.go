// Package admin holds the pages under /admin/, for members of the committee who have signed in.
// They work without JavaScript; nothing in them is inline.
//
// The table in routes.go says for every page and action who may use it; nothing is mounted that is
// not listed there. Before a handler runs, [Admin] has checked the session, the role and, for
// changes, that the request comes from a page of this site. A viewer sees pages with addresses
// masked and is told why a change is refused. The admin speaks English: its texts are in the
// templates, and messages are next to the code that sends them.
//
// To add a page:
//
//  1. thing.go: a struct that embeds page, a handler func (a *Admin) thing(v *visit) error that
//     fills the struct (page: v.page("Things")) and ends with v.render(http.StatusOK, "thing",
//     &data). A change ends with v.done("/admin/things", "Saved."), which redirects and shows the
//     message there. What the handler needs of the database is a small interface in thing.go,
//     embedded in store (admin.go).
//  2. templates/thing.html: {{define "main"}}…{{end}}. Parts such as "field", "faults", "pager",
//     "when" and "empty" are in templates/parts; the structs that they take in form.go, list.go
//     and when.go.
//  3. A row in routes.go, and in menu.go when the page belongs into the navigation.
//  4. thing_test.go: newWorld(t) gives the pages on a real database; w.get(namets.Editor, path)
//     asks as that role.
//
// Addresses of subscribers go through v.email, which masks them for viewers; times through v.when.
package admin
