package site

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// unsubscribePage asks for an address, to send it its personal link. Entering an address
// unsubscribes nobody.
type unsubscribePage struct {
	web.Page
	Form *addressForm
}

func (s *Site) unsubscribeForm(c echo.Context) error {
	return s.showUnsubscribe(c, http.StatusOK, &addressForm{T: s.t})
}

func (s *Site) showUnsubscribe(c echo.Context, status int, form *addressForm) error {
	private(c)
	return s.render(c, status, "unsubscribe", &unsubscribePage{Page: s.page(s.t.Leave.AskTitle, ""), Form: form})
}

// sendLink handles the form. The response is always the same, whether or not the address has a
// personal link.
func (s *Site) sendLink(c echo.Context, form url.Values) error {
	if err := s.allowClient(c); err != nil {
		return err
	}
	address, filled := readAddress(form, s.t)
	if filled.Wrong() {
		return s.showUnsubscribe(c, http.StatusUnprocessableEntity, &filled)
	}
	if err := s.allowAddress(c, namets.EmailKey(address)); err != nil {
		return err
	}
	ctx := c.Request().Context()
	err := s.evenly(ctx, func() error { return s.cfg.Subscriptions.RequestLink(ctx, visitor(), address, s.cfg.Links) })
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, linkSentPath)
}
