package people

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/web/admin/page"
)

// accountStore reads and ends the sessions of a user.
type accountStore interface {
	// Sessions returns the current sessions of the user.
	Sessions(ctx context.Context, userID int64) ([]namets.Session, error)
	// DeleteSessions ends all sessions of the user.
	DeleteSessions(ctx context.Context, by namets.Actor, userID int64) error
}

// accountPage is a user's own page: password, sessions, theme.
type accountPage struct {
	page.Base
	Faults                   []page.Fault
	Current, Password, Again page.Field
	Sessions                 []sessionRow
	Themes                   page.Field
}

// sessionRow is one browser in which the user is signed in.
type sessionRow struct {
	Browser, Address string
	Began, Seen      page.When
	Here             bool // the current session
}

func (a *Admin) accountPage(v *page.Visit) (*accountPage, error) {
	p := &accountPage{
		Base: v.Page("Your account"),
		Current: page.Field{Name: "current-password", Label: "Current password", Type: "password", Required: true,
			Autocomplete: "current-password"},
		Password: newPassword(),
		Again:    repeatPassword(),
	}
	p.Themes = page.Field{Name: "theme", Label: "Colours", Brief: true, Options: []page.Option{
		{Value: "", Text: "As the system", Selected: p.Theme == ""},
		{Value: "light", Text: "Light", Selected: p.Theme == "light"},
		{Value: "dark", Text: "Dark", Selected: p.Theme == "dark"},
	}}
	var err error
	p.Sessions, err = a.sessionRows(v, v.User.ID)
	return p, err
}

func (a *Admin) sessionRows(v *page.Visit, userID int64) ([]sessionRow, error) {
	sessions, err := a.store.Sessions(v.Request().Context(), userID)
	rows := make([]sessionRow, len(sessions))
	for i, s := range sessions {
		rows[i] = sessionRow{browserName(s.UserAgent), s.Address, v.When(s.CreatedAt), v.When(s.SeenAt),
			s.Hash == v.Session.Hash}
	}
	return rows, err
}

func (a *Admin) account(v *page.Visit) error {
	p, err := a.accountPage(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "account", p)
}

func (a *Admin) changePassword(v *page.Visit) error {
	err := checkRepeat(v)
	if err == nil {
		err = a.cfg.Accounts.ChangePassword(v.Context, v.User, v.FormValue("current-password"), v.FormValue("password"))
	}
	if err == nil {
		return v.Done("/admin/account", "Your password is changed. You are signed out in all other browsers.")
	}
	p, pageErr := a.accountPage(v)
	if pageErr != nil {
		return pageErr
	}
	status := http.StatusUnprocessableEntity
	if later, text, ok := v.TryLater(err); ok {
		status, p.Current.Error = later, text
		v.DelayRefusal()
	} else if errors.Is(err, auth.ErrWrongPassword) {
		p.Current.Error = "The current password is wrong."
	}
	if p.Current.Error != "" {
		p.Faults = []page.Fault{{Field: p.Current.Name, Message: p.Current.Error}}
	} else if p.Faults = page.Blame(err, &p.Password, &p.Again); p.Faults == nil {
		return err
	}
	return v.Render(status, "account", p)
}

// changeTheme saves the theme in this browser.
func (a *Admin) changeTheme(v *page.Visit) error {
	cookie := &http.Cookie{Name: page.ThemeCookie, Path: "/admin/", Secure: v.Https(), HttpOnly: true,
		SameSite: http.SameSiteLaxMode}
	switch theme := v.FormValue("theme"); theme {
	case "light", "dark":
		cookie.Value, cookie.MaxAge = theme, 365*24*60*60
	default:
		cookie.MaxAge = -1
	}
	v.SetCookie(cookie)
	return v.Done("/admin/account", "The colours are changed in this browser.")
}

// allSessions is the value of the field sessions in the forms that sign a user out everywhere.
const allSessions = "all"

func (a *Admin) signOutEverywhere(v *page.Visit) error {
	if v.FormValue("sessions") != allSessions {
		return v.Failed("/admin/account", "You were not signed out: the form does not confirm that it is "+
			"about all sessions.")
	}
	if err := a.store.DeleteSessions(v.Request().Context(), v.Actor(), v.User.ID); err != nil {
		return err
	}
	a.cfg.Sessions.Forget(v.Context)
	return v.Done(page.LoginPath, "You are signed out in all browsers.")
}

// browserName returns the name of a browser and its system according to its User-Agent: "Firefox on
// Android".
func browserName(userAgent string) string {
	browser := firstOf(userAgent, "a browser", "Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet",
		"Firefox/", "Firefox", "FxiOS", "Firefox", "CriOS", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari",
		"curl/", "curl")
	system := firstOf(userAgent, "", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows",
		"Mac OS X", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	if system == "" {
		return browser
	}
	return browser + " on " + system
}

// firstOf returns the name of the first mark that text contains; the pairs are mark, name, mark,
// name.
func firstOf(text, otherwise string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.Contains(text, pairs[i]) {
			return pairs[i+1]
		}
	}
	return otherwise
}
