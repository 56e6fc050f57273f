package admin

import (
	"fmt"

	"namets/internal/namets"
	"namets/web"
)

// page is the base of every page of the admin: embed it and fill it with visit.page.
type page struct {
	web.Page
	// User is who is signed in; its Name is empty on pages for those who are not.
	User namets.User
	// Menu is the navigation; empty when nobody is signed in.
	Menu []menuGroup
	// Flash is what the action before has to say, or nil.
	Flash *flash
	// Here is the path and query of the page that is shown.
	Here string
}

// CanEdit reports whether the user may change content and subscribers.
func (p *page) CanEdit() bool { return p.User.Role.Allows(namets.Editor) }

// IsOwner reports whether the user may do everything.
func (p *page) IsOwner() bool { return p.User.Role.Allows(namets.Owner) }

// page returns the base of the page with the title, and takes the message that waits to be shown.
func (v *visit) page(title string) page {
	p := page{Page: web.Page{Title: title, Theme: v.theme()}, User: v.User, Flash: v.takeFlash(),
		Here: v.Request().URL.RequestURI()}
	if v.User.ID != 0 {
		p.Menu = v.menu()
	}
	return p
}

// render answers with the page: its template is templates/<name>.html, data a pointer to a struct
// that embeds page.
func (v *visit) render(status int, name string, data web.Data) error {
	pages, err := v.admin.pages()
	if err != nil {
		return fmt.Errorf("parse the admin's pages: %w", err)
	}
	return pages.Render(v.Context, status, name, data)
}

// themeCookie holds the theme that was chosen in this browser.
const themeCookie = "namets-theme"

// theme returns light, dark or, to follow the system's setting, nothing.
func (v *visit) theme() string {
	cookie, err := v.Cookie(themeCookie)
	if err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}
