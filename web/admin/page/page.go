package page

import (
	"fmt"
	"time"

	"namets/internal/namets"
	"namets/web"
)

// Base is the base of every page of the admin: embed it and fill it with visit.page.
type Base struct {
	web.Page
	// User is who is signed in; its Name is empty on pages for those who are not.
	User namets.User
	// Menu is the navigation; empty when nobody is signed in.
	Menu []MenuGroup
	// Flash is what the action before has to say, or nil.
	Flash *flash
	// Here is the path and query of the page that is shown.
	Here string
}

// CanEdit reports whether the user may change content and subscribers.
func (p *Base) CanEdit() bool { return p.User.Role.Allows(namets.Editor) }

// IsOwner reports whether the user may do everything.
func (p *Base) IsOwner() bool { return p.User.Role.Allows(namets.Owner) }

// Page returns the base of the page with the title, and takes the message that waits to be shown.
func (v *Visit) Page(title string) Base {
	p := Base{Page: web.Page{Title: title, Theme: v.theme()}, User: v.User, Flash: v.takeFlash(),
		Here: v.Request().URL.RequestURI()}
	if v.User.ID != 0 {
		p.Menu = v.menu()
	}
	return p
}

// Render answers with the page: its template is templates/<name>.html, data a pointer to a struct
// that embeds page.
func (v *Visit) Render(status int, name string, data web.Data) error {
	pages, err := v.kit.pages()
	if err != nil {
		return fmt.Errorf("parse the admin's pages: %w", err)
	}
	set, ok := pages[name]
	if !ok {
		return fmt.Errorf("render page: no page %q", name)
	}
	return set.Render(v.Context, status, name, data)
}

// Now returns the current time in the site's zone.
func (v *Visit) Now() time.Time { return v.kit.cfg.Now().In(v.Zone()) }

// Zone returns the site's time zone.
func (v *Visit) Zone() *time.Location { return v.kit.cfg.Zone }

// PublicURL returns the address of the site, without a slash at its end.
func (v *Visit) PublicURL() string { return v.kit.cfg.PublicURL }

// ThemeCookie holds the theme that was chosen in this browser.
const ThemeCookie = "namets-theme"

// theme returns light, dark or, to follow the system's setting, nothing.
func (v *Visit) theme() string {
	cookie, err := v.Cookie(ThemeCookie)
	if err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}
