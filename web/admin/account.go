package admin

import (
	"context"
	"errors"
	"net/http"

	"namets/internal/auth"
	"namets/internal/namets"
)

// accountStore is what a user's own page reads and ends.
type accountStore interface {
	// Sessions returns the sessions of the user that have not ended.
	Sessions(ctx context.Context, userID int64) ([]namets.Session, error)
	// DeleteSessions ends all of them.
	DeleteSessions(ctx context.Context, by namets.Actor, userID int64) error
}

// accountPage is a user's own page: password, sessions, looks.
type accountPage struct {
	page
	Faults                   []fault
	Current, Password, Again field
	Sessions                 []sessionRow
	Themes                   field
}

// sessionRow is one browser in which the user is signed in.
type sessionRow struct {
	Browser, Address string
	Began, Seen      when
	Here             bool // the one that asks
}

func (v *visit) accountPage() (*accountPage, error) {
	p := &accountPage{
		page: v.page("Your account"),
		Current: field{Name: "current-password", Label: "Current password", Type: "password", Required: true,
			Autocomplete: "current-password"},
		Password: newPassword(),
		Again:    repeatPassword(),
	}
	p.Themes = field{Name: "theme", Label: "Colours", Brief: true, Options: []option{
		{"", "As the system", p.Theme == ""}, {"light", "Light", p.Theme == "light"},
		{"dark", "Dark", p.Theme == "dark"},
	}}
	var err error
	p.Sessions, err = v.sessionRows(v.User.ID)
	return p, err
}

func (v *visit) sessionRows(userID int64) ([]sessionRow, error) {
	sessions, err := v.admin.store.Sessions(v.Request().Context(), userID)
	rows := make([]sessionRow, len(sessions))
	for i, s := range sessions {
		rows[i] = sessionRow{browserName(s.UserAgent), s.Address, v.when(s.CreatedAt), v.when(s.SeenAt),
			s.Hash == v.Session.Hash}
	}
	return rows, err
}

func (a *Admin) account(v *visit) error {
	p, err := v.accountPage()
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "account", p)
}

func (a *Admin) changePassword(v *visit) error {
	err := v.chosen()
	if err == nil {
		err = a.cfg.Accounts.ChangePassword(v.Context, v.User, v.FormValue("current-password"), v.FormValue("password"))
	}
	if err == nil {
		return v.done("/admin/account", "Your password is changed. You are signed out in all other browsers.")
	}
	p, pageErr := v.accountPage()
	if pageErr != nil {
		return pageErr
	}
	status := http.StatusUnprocessableEntity
	if later, text, ok := v.tryLater(err); ok {
		status, p.Current.Error = later, text
		v.holdBack()
	} else if errors.Is(err, auth.ErrWrongPassword) {
		p.Current.Error = "Current password is not right."
	}
	if p.Current.Error != "" {
		p.Faults = []fault{{p.Current.Name, p.Current.Error}}
	} else if p.Faults = blame(err, &p.Password, &p.Again); p.Faults == nil {
		return err
	}
	return v.render(status, "account", p)
}

// changeTheme keeps the choice in this browser.
func (a *Admin) changeTheme(v *visit) error {
	cookie := &http.Cookie{Name: themeCookie, Path: "/admin/", Secure: a.https(), HttpOnly: true,
		SameSite: http.SameSiteLaxMode}
	switch theme := v.FormValue("theme"); theme {
	case "light", "dark":
		cookie.Value, cookie.MaxAge = theme, 365*24*60*60
	default:
		cookie.MaxAge = -1
	}
	v.SetCookie(cookie)
	return v.done("/admin/account", "The colours are changed in this browser.")
}

// allSessions is what the forms that sign somebody out everywhere have in the field sessions.
const allSessions = "all"

func (a *Admin) signOutEverywhere(v *visit) error {
	if v.FormValue("sessions") != allSessions {
		return v.failed("/admin/account", "You were not signed out: the form does not say that it is "+
			"about all sessions.")
	}
	if err := a.store.DeleteSessions(v.Request().Context(), v.actor(), v.User.ID); err != nil {
		return err
	}
	a.cfg.Sessions.Forget(v.Context)
	return v.done(loginPath, "You are signed out in all browsers.")
}
