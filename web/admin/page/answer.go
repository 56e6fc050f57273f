package page

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// flash is a message of an action that the next page shows once.
type flash struct {
	Kind string // good or bad
	Text string
}

const (
	flashCookie  = "namets-flash"
	flashSeconds = 60
	maxFlash     = 600 // bytes of text
)

// Done ends an action that succeeded: it redirects to a page under /admin/, which shows the
// message.
func (v *Visit) Done(path, message string) error { return v.leave("good", path, message) }

// Failed is Done for an action that failed.
func (v *Visit) Failed(path, message string) error { return v.leave("bad", path, message) }

func (v *Visit) leave(kind, path, message string) error {
	if len(message) > maxFlash {
		message = strings.ToValidUTF8(message[:maxFlash], "") + "…"
	}
	v.SetCookie(v.shortCookie(base64.RawURLEncoding.EncodeToString([]byte(kind+" "+message)), flashSeconds))
	return v.Redirect(http.StatusSeeOther, inside(path))
}

// takeFlash returns the pending message and removes it; nil if there is none.
func (v *Visit) takeFlash() *flash {
	cookie, err := v.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	v.SetCookie(v.shortCookie("", -1))
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	kind, message, ok := strings.Cut(strings.ToValidUTF8(string(text), ""), " ")
	if err != nil || !ok || kind != "good" && kind != "bad" {
		return nil
	}
	return &flash{kind, message}
}

func (v *Visit) shortCookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: flashCookie, Value: value, Path: "/admin/", MaxAge: seconds,
		Secure: v.Https(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Https reports whether the public URL of the site uses https.
func (v *Visit) Https() bool { return strings.HasPrefix(v.PublicURL(), "https://") }

// Confirmation asks the user to confirm an action that cannot be undone or that reaches many
// people.
type Confirmation struct {
	Base
	// Lead says what will happen, Facts give the details.
	Lead  string
	Facts []string
	// Action is the path to which the form is posted, with the Hidden values.
	Action string
	Hidden []Hidden
	// Button names the action: "Delete 12 subscribers". Danger colors it.
	Button string
	Danger bool
	// Back is the path of the cancel link.
	Back string
}

// Hidden is a hidden value of a form.
type Hidden struct{ Name, Value string }

// Confirm shows the confirmation. Its action must not rely on the user having seen it.
func (v *Visit) Confirm(title string, q Confirmation) error {
	q.Base = v.Page(title)
	return v.Render(http.StatusOK, "confirm", &q)
}
