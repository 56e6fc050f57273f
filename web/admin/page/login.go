package page

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
)

// LoginPath is the path of the sign-in.
const LoginPath = "/admin/login"

// loginPage asks for name and password. It carries along what was sent when the session had ended
// already.
type loginPage struct {
	Base
	Name, Password Field
	Problem        string
	Next           string // where to go then; empty: the overview
	Saved          savedForm
}

// maxEcho is how much of a name is in the form again, in bytes. No user has a longer one.
const maxEcho = 160

func (v *Visit) loginPage(next string, saved savedForm) *loginPage {
	return &loginPage{
		Base: v.Page("Sign in"),
		Name: Field{Name: "name", Label: "Name", Value: cut(v.FormValue("name"), maxEcho), Required: true, Max: 40,
			Autocomplete: "username"},
		Password: Field{Name: "password", Label: "Password", Type: "password", Required: true,
			Autocomplete: "current-password"},
		Next:  next,
		Saved: saved,
	}
}

func (k *Kit) loginForm(v *Visit) error {
	next := inside(v.QueryParam("next"))
	if v.User.ID != 0 {
		return v.Redirect(http.StatusSeeOther, next)
	}
	return v.Render(http.StatusOK, "login", v.loginPage(next, savedForm{}))
}

// maxTyped is longer than any password, in bytes.
const maxTyped = 2048

// cut returns the beginning of text, at most max bytes, without keeping the rest of it in memory.
func cut(text string, max int) string {
	if len(text) > max {
		text = strings.ToValidUTF8(text[:max], "")
	}
	return strings.Clone(text)
}

// login signs in. What was kept comes back as a form to send again; it is not carried out at once,
// for somebody else may have signed in than the one who typed it.
func (k *Kit) login(v *Visit) error {
	next, saved := strings.Clone(inside(v.FormValue("next"))), savedForm{}
	lost := !v.sent.known && v.FormValue(savedPathField) != ""
	if v.sent.known {
		saved = v.savedAgain()
	}
	page, name, password := v.loginPage(next, saved), cut(v.Text("name"), maxEcho),
		cut(v.FormValue("password"), maxTyped)
	if v.sent.form = nil; saved.Path == "" { // many may wait here
		v.sent.release()
	}
	user, err := k.cfg.Accounts.SignIn(v.Context, name, password)
	if err != nil {
		return v.loginFailed(err, page)
	}
	switch {
	case lost:
		return v.Failed(next, "You are signed in, but your session ended more than a day ago. "+lostText)
	case saved.Path == "":
		return v.Redirect(http.StatusSeeOther, next)
	}
	v.User = user
	return v.Render(http.StatusOK, "again", &againPage{Base: v.Page("Signed in again"), Saved: saved})
}

// lostText says that a form that a sign-in has carried along has come too late.
const lostText = "Your input was not kept, and nothing was saved: go back, copy it, and send it again."

// loginFailed shows the form again with what went wrong.
func (v *Visit) loginFailed(err error, p *loginPage) error {
	status, text, later := v.TryLater(err)
	switch {
	case errors.Is(err, auth.ErrWrongPassword):
		status, p.Problem = http.StatusForbidden, "The name or the password is wrong. Letter case "+
			"counts in the password."
	case later:
		p.Problem = text
		v.HoldBack()
	default:
		return err
	}
	return v.Render(status, "login", p)
}

func (k *Kit) logout(v *Visit) error {
	if err := k.cfg.Sessions.End(v.Context, v.Actor()); err != nil {
		return err
	}
	return v.Done(LoginPath, "You are signed out.")
}

// maxSlowed is how many refusals of sign-ins are held back at once.
const maxSlowed = 256

// TryLater reports whether err says that a password was not looked at, with the status and the text
// of the answer, which gets a Retry-After.
func (v *Visit) TryLater(err error) (status int, text string, ok bool) {
	wait, throttled := errors.AsType[*auth.WaitError](err)
	switch {
	case throttled:
		v.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.For.Seconds()))))
		return http.StatusTooManyRequests,
			"There were too many failed attempts. Try again in " + WaitText(wait.For) +
				"; your password was not checked.", true
	case errors.Is(err, auth.ErrBusy):
		v.Response().Header().Set("Retry-After", "5")
		return http.StatusServiceUnavailable, "Many people are signing in at this moment. Try again in a " +
			"few seconds.", true
	}
	return 0, "", false
}

// Later is the error page for what tryLater tells, and err itself when it tells nothing.
func (v *Visit) Later(err error) error {
	status, text, ok := v.TryLater(err)
	if !ok {
		return err
	}
	v.HoldBack()
	return echo.NewHTTPError(status, text)
}

// HoldBack keeps a refusal back for about the configured pause: who asks again at once asks less
// often, and takes less from others. The pause differs, so that clients which begin together do
// not come back together. When too many are held already it returns at once.
func (v *Visit) HoldBack() {
	if v.kit.cfg.RefusalPause <= 0 {
		return
	}
	select {
	case v.kit.slowed <- struct{}{}:
		defer func() { <-v.kit.slowed }()
	default:
		return
	}
	most := v.kit.cfg.RefusalPause
	pause := time.NewTimer(most/2 + rand.N(most))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-v.Request().Context().Done():
	}
}

// WaitText says how long somebody has to wait: "3 minutes".
func WaitText(d time.Duration) string {
	if d <= time.Minute {
		return Count(math.Ceil(d.Seconds())).Of("second", "seconds")
	}
	return Count(math.Ceil(d.Minutes())).Of("minute", "minutes")
}
