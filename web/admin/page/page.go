package page

import (
	"fmt"
	"time"

	"namets/internal/namets"
	"namets/web"
)

// Base is the base of every page of the admin: embed it and set it to the result of [Visit.Page].
type Base struct {
	web.Page
	// User is the signed-in user; its Name is empty if nobody is signed in.
	User namets.User
	// Menu is the navigation; empty if nobody is signed in.
	Menu []MenuGroup
	// Flash is the message of the previous action, or nil.
	Flash *flash
	// Here is the path and query of the current page.
	Here string
}

// CanEdit reports whether the user may change content and subscribers.
func (p *Base) CanEdit() bool { return p.User.Role.Allows(namets.Editor) }

// IsOwner reports whether the user is an owner.
func (p *Base) IsOwner() bool { return p.User.Role.Allows(namets.Owner) }

// Page returns the base of a page with the title. It takes the pending message.
func (v *Visit) Page(title string) Base {
	p := Base{Page: web.Page{Title: title, Theme: v.theme()}, User: v.User, Flash: v.takeFlash(),
		Here: v.Request().URL.RequestURI()}
	if v.User.ID != 0 {
		p.Menu = v.menu()
	}
	return p
}

// Render responds with the page: its template is templates/<name>.html, data is a pointer to a
// struct that embeds Base.
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

// PublicURL returns the URL of the site, without a trailing slash.
func (v *Visit) PublicURL() string { return v.kit.cfg.PublicURL }

// ThemeCookie is the name of the cookie with the theme of this browser.
const ThemeCookie = "namets-theme"

// theme returns light or dark, or an empty string to follow the system.
func (v *Visit) theme() string {
	cookie, err := v.Cookie(ThemeCookie)
	if err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}
