package site

import (
	"net/http"
	"net/url"

	"namets/internal/namets"
	"namets/web"

	"github.com/labstack/echo/v4"
)

// confirmPage stands behind the link of a confirmation mail. It changes nothing by itself, because programs that look
// through mails for bad links open it too.
type confirmPage struct {
	web.Page
	Email  string
	Wishes wishes
}

func (s *Site) confirmForm(c echo.Context) error {
	private(c)
	wish, err := s.cfg.Subscriptions.Confirmation(c.Request().Context(), c.Param("secret"))
	switch {
	case isCode(err, namets.NotFound):
		return s.say(c, http.StatusNotFound, s.t.Notes.DeadLink, subscribePath)
	case err != nil:
		return err
	case wish.Used:
		return s.say(c, http.StatusOK, s.t.Notes.UsedLink, "/")
	}
	return s.pages.Render(c, http.StatusOK, "confirm", &confirmPage{
		Page: s.page(s.t.Confirm.Title, ""), Email: wish.Email, Wishes: wishes{s.t, wish.Notify},
	})
}

// confirm answers the click. A second one, or the back button, finds that all is done.
func (s *Site) confirm(c echo.Context, _ url.Values) error {
	private(c)
	secret := c.Param("secret")
	subscriber, err := s.cfg.Subscriptions.Confirm(c.Request().Context(), visitor(), secret, client(c))
	switch {
	case isCode(err, namets.NotFound):
		return s.say(c, http.StatusNotFound, s.t.Notes.DeadLink, subscribePath)
	case isCode(err, namets.Conflict):
		return c.Redirect(http.StatusSeeOther, namets.ConfirmPath+url.PathEscape(secret)+"/")
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, namets.Links("").Preferences(subscriber.Token)+"?welcome=1")
}
