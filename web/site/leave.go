package site

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// leavePage is behind the personal link in every e-mail. Opening it changes nothing.
type leavePage struct {
	web.Page
	Email string
	Stay  string // the path of the preferences
}

func (s *Site) leaveForm(c echo.Context) error {
	private(c)
	subscriber, err := s.owner(c)
	if isCode(err, namets.NotFound) {
		return s.noLink(c)
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "leave", &leavePage{
		Page: s.page(s.t.Leave.Title, ""), Email: subscriber.Email,
		Stay: namets.Links("").Preferences(subscriber.Token),
	})
}

// leave handles the button of the page, and the one click of a mail program (RFC 8058), which posts
// from any origin and follows no redirect. For a person who has already unsubscribed it reports
// success.
func (s *Site) leave(c echo.Context, form url.Values) error {
	one := oneClick(form)
	if !one {
		if err := s.sameSite.Check(c); err != nil {
			return echo.NewHTTPError(http.StatusForbidden).SetInternal(err)
		}
	}
	token, err := tokenOf(c)
	if err != nil {
		return s.noLink(c)
	}
	err = s.cfg.Subscriptions.Unsubscribe(c.Request().Context(), visitor(), token)
	if err != nil && !isCode(err, namets.NotFound) {
		return err
	}
	if one {
		return s.say(c, http.StatusOK, s.t.Results.Left, "/")
	}
	return c.Redirect(http.StatusSeeOther, leftPath)
}

// oneClick reports whether the form is the one that RFC 8058 makes mail programs send.
func oneClick(form url.Values) bool { return last(form, "List-Unsubscribe") == "One-Click" }
