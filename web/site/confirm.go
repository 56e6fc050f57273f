package site

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// confirmPage is behind the link in a confirmation e-mail. Opening it changes nothing, because
// programs that scan e-mails open it too.
type confirmPage struct {
	web.Page
	Email  string
	Wishes wishes
	Never  string // the path to which the wish never to be written to is posted
}

func (s *Site) confirmForm(c echo.Context) error {
	private(c)
	wish, err := s.cfg.Subscriptions.Confirmation(c.Request().Context(), c.Param("secret"))
	switch {
	case isCode(err, namets.NotFound):
		return s.say(c, http.StatusNotFound, s.t.Results.DeadLink, subscribePath)
	case err != nil:
		return err
	case wish.Used:
		return s.say(c, http.StatusOK, s.t.Results.UsedLink, "/")
	}
	return s.render(c, http.StatusOK, "confirm", &confirmPage{
		Page: s.page(s.t.Confirm.Title, ""), Email: wish.Email, Wishes: wishes{s.t, wish.Notify},
		Never: confirmPath(c) + namets.NeverPath,
	})
}

// confirmPath is the path of the page for the confirmation c.
func confirmPath(c echo.Context) string {
	return namets.ConfirmPath + url.PathEscape(c.Param("secret")) + "/"
}

// toConfirm redirects to the page of the link.
func (s *Site) toConfirm(c echo.Context) error {
	private(c)
	return c.Redirect(http.StatusSeeOther, confirmPath(c))
}

// neverField is the field of the button with which the owner of an address asks never to be written
// to again.
const neverField = "never"

// never handles that button. A form without its field asks again.
func (s *Site) never(c echo.Context, form url.Values) error {
	private(c)
	if last(form, neverField) != "yes" {
		return s.toConfirm(c)
	}
	err := s.cfg.Subscriptions.NeverWrite(c.Request().Context(), visitor(), c.Param("secret"))
	switch {
	case isCode(err, namets.NotFound):
		return s.say(c, http.StatusNotFound, s.t.Results.DeadLink, subscribePath)
	case isCode(err, namets.Conflict):
		return s.toConfirm(c)
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, neverDonePath)
}

// confirm handles the button. A second click, or the back button, shows that it is already done.
func (s *Site) confirm(c echo.Context, _ url.Values) error {
	private(c)
	subscriber, err := s.cfg.Subscriptions.Confirm(c.Request().Context(), visitor(), c.Param("secret"), client(c))
	switch {
	case isCode(err, namets.NotFound):
		return s.say(c, http.StatusNotFound, s.t.Results.DeadLink, subscribePath)
	case isCode(err, namets.Conflict):
		return s.toConfirm(c)
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, namets.Links("").Preferences(subscriber.Token)+"?welcome=1")
}
