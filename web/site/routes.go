package site

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// The paths of other public pages; package namets has those of content and of personal links.
const (
	subscribePath  = "/communications/subscribe/"
	checkInboxPath = subscribePath + "check/"
	subscribedPath = subscribePath + "done/"
	neverDonePath  = subscribePath + "never/"
	linkSentPath   = namets.UnsubscribePath + "check/"
	leftPath       = namets.UnsubscribePath + "done/"
)

// maxForm is the largest body of a form, in bytes.
const maxForm = 32 << 10

// route is one address: the page that it shows and, for a form, the handler.
type route struct {
	path string
	get  echo.HandlerFunc
	post formHandler // nil: it is only read
}

// formHandler handles a form with the fields of its body. The query contains no fields.
type formHandler func(echo.Context, url.Values) error

// short is the path without the slash at its end; empty for the home page.
func (r route) short() string { return strings.TrimSuffix(r.path, "/") }

func (s *Site) routes() []route {
	return []route{
		{"/", s.home, nil},
		{namets.AnnouncementsPath, s.announcements, nil},
		{namets.AnnouncementsPath + ":slug/", s.announcement, nil},
		{namets.EventsPath, s.events, nil},
		{namets.EventsPath + ":slug/", s.event, nil},
		{namets.PrayerTimesPath, s.prayers, nil},

		{subscribePath, s.subscribeForm, s.own(s.subscribe)},
		{checkInboxPath, s.result(s.t.Results.CheckInbox), nil},
		{subscribedPath, s.result(s.t.Results.Subscribed), nil},
		{namets.ConfirmPath + ":secret/", s.confirmForm, s.own(s.confirm)},
		{namets.ConfirmPath + ":secret/" + namets.NeverPath, s.toConfirm, s.own(s.never)},
		{neverDonePath, s.result(s.t.Results.Never), nil},

		{namets.PreferencesPath, s.toUnsubscribe, nil},
		{namets.PreferencesPath + ":token/", s.preferencesForm, s.own(s.changePreferences)},

		{namets.UnsubscribePath, s.unsubscribeForm, s.own(s.sendLink)},
		{linkSentPath, s.result(s.t.Results.LinkSent), nil},
		{leftPath, s.result(s.t.Results.Left), nil},
		{namets.UnsubscribePath + ":token/", s.leaveForm, s.leave}, // a mail program may post from anywhere
	}
}

// Mount adds the public pages to e. A page is redirected if its final slash is missing; a form is
// accepted there, because mail programs and many others follow no redirect with a form.
func (s *Site) Mount(e *echo.Echo) {
	reads := []string{http.MethodGet, http.MethodHead}
	for _, r := range s.routes() {
		e.Match(reads, r.path, r.get)
		if r.post != nil {
			e.POST(r.path, read(r.post))
		}
		short := r.short()
		if short == "" {
			continue
		}
		e.Match(reads, short, addSlash)
		if r.post != nil {
			e.POST(short, read(r.post))
		}
	}
}

// BodyLimits maps the route patterns of the forms to their largest bodies, in bytes.
func (s *Site) BodyLimits() map[string]int64 {
	limits := map[string]int64{}
	for _, r := range s.routes() {
		if r.post != nil {
			limits[r.path], limits[r.short()] = maxForm, maxForm
		}
	}
	return limits
}

// addSlash redirects to the same address with a slash at the end.
func addSlash(c echo.Context) error {
	u := *c.Request().URL
	u.Path += "/"
	u.Scheme, u.Host = "", ""
	if strings.HasPrefix(u.Path, "//") {
		return echo.ErrNotFound // it would name a host
	}
	return c.Redirect(http.StatusMovedPermanently, u.String())
}

// own refuses a form sent from a page of another site.
func (s *Site) own(next formHandler) formHandler {
	return func(c echo.Context, form url.Values) error {
		if err := s.sameSite.Check(c); err != nil {
			return echo.NewHTTPError(http.StatusForbidden).SetInternal(err)
		}
		return next(c, form)
	}
}

// read passes the form in the request's body to the handler. A body that is not a form, or did not
// arrive completely, reaches no handler. A request without body and type is the empty form, because
// curl -X POST and other programs unsubscribe by a personal link in that way.
func read(next formHandler) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength == 0 && r.Header.Get(echo.HeaderContentType) == "" {
			return next(c, url.Values{})
		}
		form, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		return next(c, form)
	}
}
