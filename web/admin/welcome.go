package admin

import (
	"net/http"

	"namets/internal/namets"
)

// WelcomePath is what the address of a link consists of that lets its holder choose a password,
// before the secret.
const WelcomePath = "/admin/welcome/"

// welcomePage lets the holder of a link choose a password.
type welcomePage struct {
	page
	Name     string // of the user
	Faults   []fault
	Password field
	Repeat   field
}

func (v *visit) welcomePage(name string) *welcomePage {
	return &welcomePage{page: v.page("Choose a password"), Name: name, Password: newPassword(),
		Repeat: repeatPassword()}
}

// newPassword is the field for a password that is chosen.
func newPassword() field {
	return field{Name: "password", Label: "New password", Type: "password", Required: true,
		Autocomplete: "new-password",
		Hint:         "At least 12 characters. Three or four words that do not belong together are easy to remember."}
}

func repeatPassword() field {
	return field{Name: "repeat-password", Label: "The same again", Type: "password", Required: true,
		Autocomplete: "new-password"}
}

// chosen checks that both fields of a new password are the same.
func (v *visit) chosen() error {
	if v.FormValue("password") != v.FormValue("repeat-password") {
		return &namets.Error{Code: namets.Invalid, Field: "repeat-password",
			Message: "is not the same as the new password"}
	}
	return nil
}

func (a *Admin) welcomeForm(v *visit) error {
	name, err := a.cfg.Accounts.LinkOwner(v.Request().Context(), v.Param("secret"))
	if namets.CodeOf(err) == namets.NotFound {
		return v.deadLink()
	}
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "welcome", v.welcomePage(name))
}

// welcome uses the link up.
func (a *Admin) welcome(v *visit) error {
	secret := v.Param("secret")
	name, err := a.cfg.Accounts.LinkOwner(v.Request().Context(), secret)
	if err == nil {
		err = v.chosen()
	}
	if err == nil || namets.CodeOf(err) == namets.NotFound { // which counts as a failed attempt
		err = a.cfg.Accounts.FollowLink(v.Context, secret, v.FormValue("password"))
	}
	switch namets.CodeOf(err) {
	case namets.NotFound, namets.Conflict:
		return v.deadLink()
	case namets.Invalid:
		p := v.welcomePage(name)
		p.Faults = blame(err, &p.Password, &p.Repeat)
		return v.render(http.StatusUnprocessableEntity, "welcome", p)
	}
	if err != nil {
		return v.later(err)
	}
	return v.done("/admin/", "Welcome. You are signed in, and your password is set.")
}

// deadLink says that a link is of no use any more.
func (v *visit) deadLink() error {
	return v.render(http.StatusNotFound, "deadlink", &struct{ page }{v.page("This link does not work any more")})
}
