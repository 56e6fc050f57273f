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

// loginPage is the sign-in form. It carries along a form that was sent after the session had ended.
type loginPage struct {
	Base
	Name, Password Field
	Problem        string
	Next           string // path after the sign-in; empty: the overview
	Saved          savedForm
}

// maxEcho is the largest part of a user name that is shown in the form again, in bytes. No user has
// a longer name.
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

// maxTyped is above the length of any password, in bytes.
const maxTyped = 2048

// cut returns at most max bytes from the beginning of text and does not keep the rest in memory.
func cut(text string, max int) string {
	if len(text) > max {
		text = strings.ToValidUTF8(text[:max], "")
	}
	return strings.Clone(text)
}

// login signs the user in. A saved form is shown again, to be sent again; it is not executed at
// once, because another person may have signed in than the author of the form.
func (k *Kit) login(v *Visit) error {
	next, saved := strings.Clone(inside(v.FormValue("next"))), savedForm{}
	lost := !v.sent.known && v.FormValue(savedPathField) != ""
	if v.sent.known {
		saved = v.savedAgain()
	}
	page, name, password := v.loginPage(next, saved), cut(v.Text("name"), maxEcho),
		cut(v.FormValue("password"), maxTyped)
	if v.sent.form = nil; saved.Path == "" { // not to keep it in memory while waiting
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

// lostText says that the form that was carried along is too old.
const lostText = "Your input was not kept, and nothing was saved: go back, copy it, and send it again."

// loginFailed shows the form again with the reason.
func (v *Visit) loginFailed(err error, p *loginPage) error {
	status, text, later := v.TryLater(err)
	switch {
	case errors.Is(err, auth.ErrWrongPassword):
		status, p.Problem = http.StatusForbidden, "The name or the password is wrong. Letter case "+
			"counts in the password."
	case later:
		p.Problem = text
		v.DelayRefusal()
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

// maxDelayed is the largest number of failed sign-ins that are delayed at the same time.
const maxDelayed = 256

// TryLater reports whether err means that a password was not checked. It returns the status and the
// text of the response, and sets its Retry-After header.
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

// Later returns the error page for an err that TryLater recognizes, and otherwise err itself.
func (v *Visit) Later(err error) error {
	status, text, ok := v.TryLater(err)
	if !ok {
		return err
	}
	v.DelayRefusal()
	return echo.NewHTTPError(status, text)
}

// DelayRefusal delays the response to a failed sign-in by about the configured pause, which slows
// down guessing and reduces its load. The delay is random, so that clients that start together do
// not come back together. If too many responses are being delayed already, it returns at once.
func (v *Visit) DelayRefusal() {
	if v.kit.cfg.RefusalPause <= 0 {
		return
	}
	select {
	case v.kit.delayed <- struct{}{}:
		defer func() { <-v.kit.delayed }()
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

// WaitText returns a waiting time as text: "3 minutes".
func WaitText(d time.Duration) string {
	if d <= time.Minute {
		return Count(math.Ceil(d.Seconds())).Of("second", "seconds")
	}
	return Count(math.Ceil(d.Minutes())).Of("minute", "minutes")
}
