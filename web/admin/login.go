package admin

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
)

const loginPath = "/admin/login"

// loginPage asks for name and password. It carries along what was sent when the session had ended already.
type loginPage struct {
	page
	Name, Password field
	Problem        string
	Next           string // where to go then; empty: the overview
	Kept           keptForm
}

func (v *visit) loginPage(next string, kept keptForm) *loginPage {
	return &loginPage{
		page:     v.page("Sign in"),
		Name:     field{Name: "name", Label: "Name", Value: v.FormValue("name"), Required: true, Max: 40, Autocomplete: "username"},
		Password: field{Name: "password", Label: "Password", Type: "password", Required: true, Autocomplete: "current-password"},
		Next:     next,
		Kept:     kept,
	}
}

func (a *Admin) loginForm(v *visit) error {
	next := inside(v.QueryParam("next"))
	if v.User.ID != 0 {
		return v.Redirect(http.StatusSeeOther, next)
	}
	return v.render(http.StatusOK, "login", v.loginPage(next, keptForm{}))
}

// login signs in. What was kept comes back as a form to send again; it is not carried out at once, for somebody else may
// have signed in than the one who typed it.
func (a *Admin) login(v *visit) error {
	next, kept := inside(v.FormValue("next")), v.keptAgain()
	user, err := a.cfg.Accounts.SignIn(v.Context, v.text("name"), v.FormValue("password"))
	if err != nil {
		return v.loginFailed(err, v.loginPage(next, kept))
	}
	if kept.Path == "" {
		return v.Redirect(http.StatusSeeOther, next)
	}
	v.User = user
	return v.render(http.StatusOK, "again", &againPage{page: v.page("Signed in again"), Kept: kept})
}

// loginFailed shows the form again with what went wrong.
func (v *visit) loginFailed(err error, p *loginPage) error {
	wait, throttled := errors.AsType[*auth.WaitError](err)
	status := http.StatusForbidden
	switch {
	case errors.Is(err, auth.ErrWrongPassword):
		p.Problem = "The name or the password is not right. Letter case counts in the password."
	case throttled:
		seconds := int(math.Ceil(wait.For.Seconds()))
		status = http.StatusTooManyRequests
		v.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
		p.Problem = fmt.Sprintf("There were too many failed attempts from here. Try again in %s; your password was not looked at.", waitText(wait.For))
	case errors.Is(err, auth.ErrBusy):
		status = http.StatusServiceUnavailable
		v.Response().Header().Set("Retry-After", "5")
		p.Problem = "Many people are signing in at this moment. Try again in a few seconds."
	default:
		return err
	}
	return v.render(status, "login", p)
}

func waitText(d time.Duration) string {
	if d <= time.Minute {
		return count(math.Ceil(d.Seconds())).of("second", "seconds")
	}
	return count(math.Ceil(d.Minutes())).of("minute", "minutes")
}

func (a *Admin) logout(v *visit) error {
	if err := a.cfg.Sessions.End(v.Context, v.actor()); err != nil {
		return err
	}
	return v.done(loginPath, "You are signed out.")
}

// keptForm is a form that was sent when its sender's session had ended.
type keptForm struct {
	Path   string // that it was sent to; empty: there is none
	Fields []hidden
}

// The names under which the sign-in form carries a kept form along.
const (
	keptPath   = "kept-path"
	keptPrefix = "kept."
)

// againPage hands a kept form back.
type againPage struct {
	page
	Kept keptForm
}

// Texts are the fields that a person has typed at length; the number of a form is none.
func (p *againPage) Texts() (list []hidden) {
	for _, f := range p.Kept.Fields {
		if len(f.Value) > 20 && f.Name != "number" && f.Name != "once" {
			list = append(list, f)
		}
	}
	return list
}

// toSignIn sends somebody who has not signed in to where that is done, and back afterwards to a page that was asked for.
// Whoever was signed in until a form was sent signs in without losing it.
func (v *visit) toSignIn() error {
	if v.route.method == get {
		return v.Redirect(http.StatusSeeOther, loginPath+"?next="+url.QueryEscape(inside(v.Request().URL.RequestURI())))
	}
	if v.admin.cfg.Sessions.Known(v.Context) {
		kept, err := v.keep()
		if err != nil {
			return err
		}
		if kept.Path != "" {
			p := v.loginPage("", kept)
			p.Name.Value = ""
			p.Problem = "Your session has ended meanwhile. Sign in again: what you have typed is not lost."
			return v.render(http.StatusForbidden, "login", p)
		}
	}
	return v.Redirect(http.StatusSeeOther, loginPath)
}

// keep returns the form of the request. Passwords are not kept, and a form with one is none; neither are files.
func (v *visit) keep() (keptForm, error) {
	if strings.HasPrefix(v.Request().Header.Get("Content-Type"), "multipart/") {
		return keptForm{}, nil
	}
	if err := v.Request().ParseForm(); err != nil {
		return keptForm{}, badForm(err)
	}
	kept := keptForm{Path: inside(v.Request().URL.RequestURI())}
	for _, name := range sortedNames(v.Request().PostForm) {
		if strings.Contains(name, "password") {
			return keptForm{}, nil
		}
		for _, value := range v.Request().PostForm[name] {
			kept.Fields = append(kept.Fields, hidden{name, value})
		}
	}
	if len(kept.Fields) == 0 {
		return keptForm{}, nil
	}
	return kept, nil
}

// keptAgain returns the form that the sign-in form has carried along.
func (v *visit) keptAgain() keptForm {
	path := v.FormValue(keptPath)
	if path == "" || inside(path) != path {
		return keptForm{}
	}
	kept := keptForm{Path: path}
	for _, name := range sortedNames(v.Request().PostForm) {
		if original, ok := strings.CutPrefix(name, keptPrefix); ok {
			for _, value := range v.Request().PostForm[name] {
				kept.Fields = append(kept.Fields, hidden{original, value})
			}
		}
	}
	return kept
}

// badForm is the answer to a body that is no form. An error in reading it keeps its own answer.
func badForm(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &namets.Error{Code: namets.Invalid, Message: "the form cannot be read", Err: err}
}
