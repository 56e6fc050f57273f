package page

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// flash is a message that an action leaves for the page that is shown next, once.
type flash struct {
	Kind string // good or bad
	Text string
}

const (
	flashCookie  = "namets-flash"
	flashSeconds = 60
	maxFlash     = 600 // bytes of text
)

// Done ends an action that went well: it leads to a page under /admin/, which shows the message.
func (v *Visit) Done(path, message string) error { return v.leave("good", path, message) }

// Failed is done for an action that did not come about.
func (v *Visit) Failed(path, message string) error { return v.leave("bad", path, message) }

func (v *Visit) leave(kind, path, message string) error {
	if len(message) > maxFlash {
		message = strings.ToValidUTF8(message[:maxFlash], "") + "…"
	}
	v.SetCookie(v.shortCookie(base64.RawURLEncoding.EncodeToString([]byte(kind+" "+message)), flashSeconds))
	return v.Redirect(http.StatusSeeOther, inside(path))
}

// takeFlash returns the message that waits, and removes it; nil when there is none.
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

// Https reports whether people reach the site by https.
func (v *Visit) Https() bool { return strings.HasPrefix(v.PublicURL(), "https://") }

// Confirmation asks before something that cannot be undone, or that reaches many people, is done.
type Confirmation struct {
	Base
	// Lead says what will happen, Facts the particulars.
	Lead  string
	Facts []string
	// Action is the path to which the answer is posted, with the Hidden values.
	Action string
	Hidden []Hidden
	// Button says what it does: "Delete 12 subscribers". Danger colours it.
	Button string
	Danger bool
	// Back is where no leads.
	Back string
}

// Hidden is a value that a form carries along.
type Hidden struct{ Name, Value string }

// Confirm shows the question. The action that its button posts to must not rely on its having been
// asked.
func (v *Visit) Confirm(title string, q Confirmation) error {
	q.Base = v.Page(title)
	return v.Render(http.StatusOK, "confirm", &q)
}
