package people

import (
	"net/http"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// WelcomePath is the path of a link to set a password, without the secret at its end.
const WelcomePath = "/admin/welcome/"

// welcomePage lets the owner of a link set a password.
type welcomePage struct {
	page.Base
	Name     string // name of the user
	Faults   []page.Fault
	Password page.Field
	Repeat   page.Field
}

func (a *Admin) welcomePage(v *page.Visit, name string) *welcomePage {
	return &welcomePage{Base: v.Page("Choose a password"), Name: name, Password: newPassword(),
		Repeat: repeatPassword()}
}

// newPassword is the field for a new password.
func newPassword() page.Field {
	return page.Field{Name: "password", Label: "New password", Type: "password", Required: true,
		Autocomplete: "new-password",
		Hint:         "At least 12 characters. Three or four unrelated words are easy to remember."}
}

func repeatPassword() page.Field {
	return page.Field{Name: "repeat-password", Label: "The same again", Type: "password", Required: true,
		Autocomplete: "new-password"}
}

// checkRepeat checks that both fields of a new password are equal.
func checkRepeat(v *page.Visit) error {
	if v.FormValue("password") != v.FormValue("repeat-password") {
		return &namets.Error{Code: namets.Invalid, Field: "repeat-password",
			Message: "is not the same as the new password"}
	}
	return nil
}

func (a *Admin) welcomeForm(v *page.Visit) error {
	name, err := a.cfg.Accounts.LinkOwner(v.Request().Context(), v.Param("secret"))
	if namets.CodeOf(err) == namets.NotFound {
		return deadLink(v)
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "welcome", a.welcomePage(v, name))
}

// welcome sets the password and invalidates the link.
func (a *Admin) welcome(v *page.Visit) error {
	secret := v.Param("secret")
	name, err := a.cfg.Accounts.LinkOwner(v.Request().Context(), secret)
	if err == nil {
		err = checkRepeat(v)
	}
	if err == nil || namets.CodeOf(err) == namets.NotFound { // NotFound counts as a failed attempt
		err = a.cfg.Accounts.FollowLink(v.Context, secret, v.FormValue("password"))
	}
	switch namets.CodeOf(err) {
	case namets.NotFound, namets.Conflict:
		return deadLink(v)
	case namets.Invalid:
		p := a.welcomePage(v, name)
		p.Faults = page.Blame(err, &p.Password, &p.Repeat)
		return v.Render(http.StatusUnprocessableEntity, "welcome", p)
	}
	if err != nil {
		return v.Later(err)
	}
	return v.Done("/admin/", "Welcome. You are signed in, and your password is set.")
}

// deadLink says that a link is not valid any more.
func deadLink(v *page.Visit) error {
	return v.Render(http.StatusNotFound, "deadlink", &struct{ page.Base }{v.Page("This link no longer works")})
}
