package admin

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

// done ends an action that went well: it leads to a page under /admin/, which shows the message.
func (v *visit) done(path, message string) error { return v.leave("good", path, message) }

// failed is done for an action that did not come about.
func (v *visit) failed(path, message string) error { return v.leave("bad", path, message) }

func (v *visit) leave(kind, path, message string) error {
	if len(message) > maxFlash {
		message = strings.ToValidUTF8(message[:maxFlash], "") + "…"
	}
	v.SetCookie(v.admin.shortCookie(base64.RawURLEncoding.EncodeToString([]byte(kind+" "+message)), flashSeconds))
	return v.Redirect(http.StatusSeeOther, inside(path))
}

// takeFlash returns the message that waits, and removes it; nil when there is none.
func (v *visit) takeFlash() *flash {
	cookie, err := v.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	v.SetCookie(v.admin.shortCookie("", -1))
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	kind, message, ok := strings.Cut(strings.ToValidUTF8(string(text), ""), " ")
	if err != nil || !ok || kind != "good" && kind != "bad" {
		return nil
	}
	return &flash{kind, message}
}

func (a *Admin) shortCookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: flashCookie, Value: value, Path: "/admin/", MaxAge: seconds,
		Secure: a.https(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// https reports whether people reach the site by https.
func (a *Admin) https() bool { return strings.HasPrefix(a.cfg.PublicURL, "https://") }
