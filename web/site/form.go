package site

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// The fields of the forms. Their names are those of the site before.
const (
	emailField         = "email"
	announcementsField = "notify_announcements"
	eventsField        = "notify_events"
	prayerField        = "notify_prayer_changes"
	// trapField is invisible and stays empty, but for programs that fill in everything.
	trapField = "comment"
)

// last returns the last value of the field, or an empty string.
func last(form url.Values, field string) string {
	values := form[field]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// checked reports whether a check box is on: it is there, and neither false, False, 0 nor empty.
func checked(form url.Values, field string) bool {
	switch last(form, field) {
	case "", "false", "False", "0":
		return false
	}
	return true
}

func readWishes(form url.Values) namets.Preferences {
	return namets.Preferences{
		Announcements: checked(form, announcementsField),
		Events:        checked(form, eventsField),
		PrayerChanges: checked(form, prayerField),
	}
}

// maxEcho is how much of what was typed is in the form again, in bytes: longer than any
// address.
const maxEcho = 320

// echoed returns what was typed for the form to show again.
func echoed(typed string) string {
	if len(typed) > maxEcho {
		typed = typed[:maxEcho]
		for !utf8.ValidString(typed) && len(typed) > maxEcho-utf8.UTFMax {
			typed = typed[:len(typed)-1]
		}
	}
	return strings.ToValidUTF8(typed, "\ufffd")
}

// wishes are the check boxes of the things to hear of.
type wishes struct {
	T      *web.Texts
	Notify namets.Preferences
}

// addressForm is a form that asks for an e-mail address.
type addressForm struct {
	T     *web.Texts
	Email string // as it was typed
	// What is wrong, in the reader's language; empty: nothing.
	EmailError string
	TrapError  string
}

// Wrong reports whether anything is wrong.
func (f *addressForm) Wrong() bool { return f.EmailError != "" || f.TrapError != "" }

// readAddress returns the form's address in the form in which it is stored, and the form to show
// again.
func readAddress(form url.Values, t *web.Texts) (address string, filled addressForm) {
	typed := last(form, emailField)
	filled = addressForm{T: t, Email: echoed(typed)}
	address, err := web.Address(typed)
	switch {
	case strings.TrimSpace(typed) == "":
		filled.EmailError = t.Subscribe.NoEmail
	case err != nil:
		filled.EmailError = t.Subscribe.BadEmail
	}
	if last(form, trapField) != "" {
		filled.TrapError = t.Subscribe.Trapped
	}
	return address, filled
}

// private keeps the answer out of every cache and index: it belongs to one person.
func private(c echo.Context) {
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Robots-Tag", "noindex")
}

// isCode reports whether err is an error of the domain with the code.
func isCode(err error, code namets.Code) bool { return err != nil && namets.CodeOf(err) == code }
