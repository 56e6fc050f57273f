package site

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// The fields of the forms. Their names are those of the original site.
const (
	emailField         = "email"
	announcementsField = "notify_announcements"
	eventsField        = "notify_events"
	prayerField        = "notify_prayer_changes"
	// trapField is invisible and must stay empty; only programs fill it in.
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

// checked reports whether a check box is ticked: it is present and neither empty, false, False nor
// 0.
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

// maxEcho is how much of the input the form shows again, in bytes: longer than any address.
const maxEcho = 320

// echoed returns the input for the form to show again.
func echoed(typed string) string {
	if len(typed) > maxEcho {
		typed = typed[:maxEcho]
		for !utf8.ValidString(typed) && len(typed) > maxEcho-utf8.UTFMax {
			typed = typed[:len(typed)-1]
		}
	}
	return strings.ToValidUTF8(typed, "\ufffd")
}

// wishes are the check boxes of the topics.
type wishes struct {
	T      *web.Texts
	Notify namets.Preferences
}

// addressForm is a form that asks for an e-mail address.
type addressForm struct {
	T     *web.Texts
	Email string // as it was typed
	// The errors, in the reader's language; empty means none.
	EmailError string
	TrapError  string
}

// Wrong reports whether anything is wrong.
func (f *addressForm) Wrong() bool { return f.EmailError != "" || f.TrapError != "" }

// readAddress returns the form's address in its stored form, and the form to show again.
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

// private excludes the response from every cache and index, because it belongs to one person.
func private(c echo.Context) {
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Robots-Tag", "noindex")
}

// isCode reports whether err is an error of the domain with the code.
func isCode(err error, code namets.Code) bool { return err != nil && namets.CodeOf(err) == code }
