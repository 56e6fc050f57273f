package site

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// subscribeData is the subscribe form, which the home page also has.
type subscribeData struct {
	addressForm
	Notify namets.Preferences
}

// Wishes returns the form's check boxes.
func (f *subscribeData) Wishes() wishes { return wishes{f.T, f.Notify} }

// emptySubscribe is the form before it is filled in.
func (s *Site) emptySubscribe() *subscribeData {
	everything := namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}
	return &subscribeData{addressForm{T: s.t}, everything}
}

type subscribePage struct {
	web.Page
	Form *subscribeData
}

func (s *Site) subscribeForm(c echo.Context) error {
	return s.showSubscribe(c, http.StatusOK, s.emptySubscribe())
}

func (s *Site) showSubscribe(c echo.Context, status int, form *subscribeData) error {
	private(c)
	c.Response().Header().Del("X-Robots-Tag")
	return s.render(c, status, "subscribe", &subscribePage{Page: s.page(s.t.Subscribe.Title, subscribePath),
		Form: form})
}

// subscribe handles the form. The response does not show whether the address is known, unknown or
// unsubscribed.
func (s *Site) subscribe(c echo.Context, form url.Values) error {
	if err := s.allowClient(c); err != nil {
		return err
	}
	address, filled := readAddress(form, s.t)
	wanted := readWishes(form)
	if filled.Wrong() {
		return s.showSubscribe(c, http.StatusUnprocessableEntity, &subscribeData{filled, wanted})
	}
	if err := s.allowAddress(c, namets.EmailKey(address)); err != nil {
		return err
	}
	request := namets.SubscriptionRequest{
		Email: address, Notify: wanted, DoubleOptIn: s.cfg.DoubleOptIn,
		Consent: namets.Consent{From: client(c), Text: s.t.Lang + "-" + s.t.Subscribe.ConsentVersion()},
	}
	ctx := c.Request().Context()
	err := s.evenly(ctx, func() error {
		return s.cfg.Subscriptions.RequestSubscription(ctx, visitor(), request, s.cfg.Links)
	})
	if err != nil {
		return err
	}
	if s.cfg.DoubleOptIn {
		return c.Redirect(http.StatusSeeOther, checkInboxPath)
	}
	return c.Redirect(http.StatusSeeOther, subscribedPath)
}
