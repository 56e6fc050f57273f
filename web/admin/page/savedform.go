package page

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// Limits for requests without a sign-in.
const (
	// maxAnonymous is the largest body on every route, and maxSaved the largest encoded form that
	// is saved, in bytes.
	maxAnonymous = 64 << 10
	maxSaved     = 64 << 10
	// maxSignIn is the largest body of a sign-in from a known browser, which may carry a saved
	// form.
	maxSignIn = maxSaved + 32<<10
	// maxSavedForms is the largest number of saved forms that are processed at the same time, until
	// their responses are read: each takes up to a megabyte.
	maxSavedForms = 16
)

// errManySaved means that too many saved forms are being processed.
func errManySaved() error {
	return &namets.Error{Code: namets.Unavailable, Message: "too many people sign in again at this moment"}
}

// savedForm is a form that was sent after the session of its user had ended.
type savedForm struct {
	Path   string // its target; empty: there is no form
	Fields []Hidden
}

// The field names under which the sign-in form carries a saved form.
const (
	savedPathField = "kept-path"
	savedPrefix    = "kept."
)

// againPage shows a saved form again.
type againPage struct {
	Base
	Saved savedForm
}

// Texts are the long texts of the form; the number of a form is not one of them.
func (p *againPage) Texts() (list []Hidden) {
	for _, f := range p.Saved.Fields {
		if len(f.Value) > 20 && f.Name != "number" && f.Name != "once" {
			list = append(list, f)
		}
	}
	return list
}

// toSignIn redirects to the sign-in, which leads back to the requested page. A user whose session
// has ended within the last day signs in without losing a sent form, or is told that it is lost.
// The form of an unknown browser is read and discarded.
func (v *Visit) toSignIn() error {
	if v.route.reads() {
		return v.Redirect(http.StatusSeeOther, LoginPath+"?next="+url.QueryEscape(inside(v.Request().URL.RequestURI())))
	}
	known, err := v.kit.cfg.Sessions.Known(v.Context)
	if err != nil {
		return err
	}
	err = v.limitBody(maxAnonymous)
	if !known {
		if err != nil {
			return err
		}
		return v.notSignedIn()
	}
	return v.signInAgain(err)
}

// notSignedIn tells a browser without a known session that its form, if there was one, is lost.
func (v *Visit) notSignedIn() error {
	sent, err := v.discardBody()
	switch {
	case err != nil:
		return err
	case sent == 0:
		return v.Redirect(http.StatusSeeOther, LoginPath)
	}
	return v.Failed(LoginPath, "You are not signed in, or your session ended more than a day ago. "+notKeptText)
}

// notKeptText says that a form had no effect, and what to do.
const notKeptText = "Your input was not kept, and nothing was saved: go back, copy it, sign in and send it again."

// signInAgain shows the sign-in to a user whose session ended before the form was sent. tooLarge is
// the reason why the body cannot be read, or nil.
func (v *Visit) signInAgain(tooLarge error) error {
	if tooLarge != nil {
		return v.notSaved()
	}
	if !v.kit.savedForms.enter() {
		return v.Failed(LoginPath, endedText+" Your input could not be kept, because many people are signing in "+
			"at this moment: "+
			"go back, copy it, and sign in.")
	}
	defer v.kit.savedForms.leave()
	if kind, _, err := web.FormKind(v.Request()); err == nil && kind == echo.MIMEMultipartForm {
		if _, err := v.discardBody(); isTooLarge(err) {
			return v.notSaved()
		} else if err != nil {
			return err
		}
		return v.Failed(LoginPath, endedText+" Files are not kept: sign in and send it again.")
	}
	form, err := web.ReadForm(v.Request())
	if isTooLarge(err) {
		return v.notSaved()
	}
	if err != nil {
		return err
	}
	saved, fits := v.keep(form)
	switch {
	case !fits:
		return v.notSaved()
	case saved.Path == "":
		return v.Failed(LoginPath, endedText+" Nothing was saved: sign in and do it again. Passwords are not kept.")
	}
	p := v.loginPage("", saved)
	p.Problem = "Your session has ended. Sign in again; your input is kept."
	return v.Render(http.StatusForbidden, "login", p)
}

const endedText = "Your session has ended."

// notSaved says that a form was too large to be saved. The rest of it is not read.
func (v *Visit) notSaved() error {
	v.Response().Header().Set(echo.HeaderConnection, "close")
	p := v.loginPage("", savedForm{})
	p.Problem = endedText + " What you sent was not kept, because it is larger than 64 kB, and nothing was done: " +
		"go back, copy it, and sign in."
	return v.Render(http.StatusRequestEntityTooLarge, "login", p)
}

// keep returns the form, to be sent again, and whether it is small enough for that. Passwords are
// not saved, nor is a form with one.
func (v *Visit) keep(form url.Values) (saved savedForm, fits bool) {
	saved.Path = inside(v.Request().URL.RequestURI())
	size := 0
	for _, name := range sortedNames(form) {
		if strings.Contains(name, "password") {
			return savedForm{}, true
		}
		for _, value := range form[name] {
			saved.Fields = append(saved.Fields, Hidden{name, value})
			size += len(url.QueryEscape(name)) + len(url.QueryEscape(value)) + len("=&")
		}
	}
	if len(saved.Fields) == 0 {
		return savedForm{}, true
	}
	return saved, size <= maxSaved
}

// savedAgain returns the saved form that the sign-in form has carried.
func (v *Visit) savedAgain() savedForm {
	path := v.FormValue(savedPathField)
	if path == "" || inside(path) != path {
		return savedForm{}
	}
	saved := savedForm{Path: path}
	for _, name := range sortedNames(v.sent.form) {
		if original, ok := strings.CutPrefix(name, savedPrefix); ok {
			for _, value := range v.sent.form[name] {
				saved.Fields = append(saved.Fields, Hidden{original, value})
			}
		}
	}
	return saved
}
