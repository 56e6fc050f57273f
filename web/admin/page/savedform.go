package page

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// Bounds of what somebody sends who has not signed in.
const (
	// maxStranger is the largest body, in bytes, on every route, and maxSaved the largest form
	// that is kept, as it is encoded.
	maxStranger = 64 << 10
	maxSaved    = 64 << 10
	// maxSignIn is the largest body of a sign-in from a browser that is known: it may carry a kept
	// form along.
	maxSignIn = maxSaved + 32<<10
	// maxKeeping is how many kept forms are worked on at once, until their answers are read: each
	// takes up to a megabyte.
	maxKeeping = 16
)

// errManySaved says that too many kept forms are worked on.
func errManySaved() error {
	return &namets.Error{Code: namets.Unavailable, Message: "too many people sign in again at this moment"}
}

// savedForm is a form that was sent when its sender's session had ended.
type savedForm struct {
	Path   string // that it was sent to; empty: there is none
	Fields []Hidden
}

// The names under which the sign-in form carries a kept form along.
const (
	savedPathField = "kept-path"
	savedPrefix    = "kept."
)

// againPage hands a kept form back.
type againPage struct {
	Base
	Saved savedForm
}

// Texts are the fields that a person has typed at length; the number of a form is none.
func (p *againPage) Texts() (list []Hidden) {
	for _, f := range p.Saved.Fields {
		if len(f.Value) > 20 && f.Name != "number" && f.Name != "once" {
			list = append(list, f)
		}
	}
	return list
}

// toSignIn sends somebody who has not signed in to where that is done, and back afterwards to a
// page that was asked for. A person who was signed in until a form was sent, not more than a day
// ago, signs in without losing it, or is told that it is lost. Of a stranger's form nothing is
// read but its end.
func (v *Visit) toSignIn() error {
	if v.route.reads() {
		return v.Redirect(http.StatusSeeOther, LoginPath+"?next="+url.QueryEscape(inside(v.Request().URL.RequestURI())))
	}
	known, err := v.kit.cfg.Sessions.Known(v.Context)
	if err != nil {
		return err
	}
	err = v.limitBody(maxStranger)
	if !known {
		if err != nil {
			return err
		}
		return v.notSignedIn()
	}
	return v.signInAgain(err)
}

// notSignedIn tells somebody without a session that the database knows that what was sent is lost,
// if anything was.
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

// notKeptText says that nothing came of a form, and what can be done.
const notKeptText = "Your input was not kept, and nothing was saved: go back, copy it, sign in and send it again."

// signInAgain asks somebody to sign in whose session ended before the form was sent. tooLarge is
// what keeps the body from being read, or nil.
func (v *Visit) signInAgain(tooLarge error) error {
	if tooLarge != nil {
		return v.notSaved()
	}
	if !v.kit.keeping.enter() {
		return v.Failed(LoginPath, endedText+" Your input could not be kept, because many people are signing in "+
			"at this moment: "+
			"go back, copy it, and sign in.")
	}
	defer v.kit.keeping.leave()
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

// notSaved says that a form was too large to be kept. Nothing more is read of it.
func (v *Visit) notSaved() error {
	v.Response().Header().Set(echo.HeaderConnection, "close")
	p := v.loginPage("", savedForm{})
	p.Problem = endedText + " What you sent was not kept, because it is larger than 64 kB, and nothing was done: " +
		"go back, copy it, and sign in."
	return v.Render(http.StatusRequestEntityTooLarge, "login", p)
}

// keep returns the form, to be sent again, and whether it is small enough for that. Passwords are
// not kept, and a form with one is none.
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

// savedAgain returns the form that the sign-in form has carried along.
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
