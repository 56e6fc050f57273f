package site

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// preferencesPage is a subscriber's personal page.
type preferencesPage struct {
	web.Page
	Subscriber namets.Subscriber
	Wishes     wishes
	Saved      bool
	Welcome    bool
	Leave      string // the path of the page for leaving
}

// toUnsubscribe redirects people without a personal link to the page that e-mails it.
func (s *Site) toUnsubscribe(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, namets.UnsubscribePath)
}

// owner returns the subscriber of the personal link. Errors: NotFound.
func (s *Site) owner(c echo.Context) (namets.Subscriber, error) {
	token, err := tokenOf(c)
	if err != nil {
		return namets.Subscriber{}, err
	}
	return s.cfg.Subscriptions.SubscriberByToken(c.Request().Context(), token)
}

// tokenOf returns the secret part of a personal link. Errors: NotFound if it is malformed.
func tokenOf(c echo.Context) (namets.UUID, error) {
	token, err := namets.ParseUUID(c.Param("token"))
	if err != nil {
		return token, &namets.Error{Code: namets.NotFound, Message: "this is no personal link"}
	}
	return token, nil
}

// noLink responds to a personal link without a subscriber.
func (s *Site) noLink(c echo.Context) error {
	return s.say(c, http.StatusNotFound, s.t.Results.NoLink, namets.UnsubscribePath)
}

func (s *Site) preferencesForm(c echo.Context) error {
	private(c)
	subscriber, err := s.owner(c)
	if isCode(err, namets.NotFound) {
		return s.noLink(c)
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "preferences", &preferencesPage{
		Page: s.page(s.t.Preferences.Title, ""), Subscriber: subscriber, Wishes: wishes{s.t, subscriber.Notify},
		Saved: c.QueryParam("saved") != "", Welcome: c.QueryParam("welcome") != "",
		Leave: namets.Links("").Unsubscribe(subscriber.Token),
	})
}

func (s *Site) changePreferences(c echo.Context, form url.Values) error {
	subscriber, err := s.owner(c)
	if isCode(err, namets.NotFound) {
		return s.noLink(c)
	}
	if err != nil {
		return err
	}
	token := subscriber.Token
	if err := allow(c, s.limits.addresses, token.String()); err != nil {
		return err
	}
	err = s.cfg.Subscriptions.ChangePreferences(c.Request().Context(), visitor(), token, readWishes(form))
	if isCode(err, namets.NotFound) {
		return s.noLink(c)
	}
	if err != nil {
		return err
	}
	private(c)
	return c.Redirect(http.StatusSeeOther, namets.Links("").Preferences(token)+"?saved=1")
}
