package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
)

// route is a path with its handler.
type route struct {
	path   string
	answer func(*API, echo.Context) error
}

// routes returns the six paths, P1 to P6 of the contract.
func routes() []route {
	return []route{
		{"/api/subscribers/", (*API).subscriberList},
		{announcementsPath, (*API).newAnnouncements},
		{"/api/events/upcoming/", (*API).upcomingEvents},
		{"/api/prayer/today/", (*API).prayerToday},
		{"/api/communications/subscribers/", (*API).subscriberListLong},
		{longAnnouncementsPath, (*API).newAnnouncementsLong},
	}
}

// Paths returns the paths, in the order of the contract.
func Paths() (list []string) {
	for _, r := range routes() {
		list = append(list, r.path)
	}
	return list
}

// Mount registers everything under /api on e. The server that runs e matches paths after
// percent-decoding, cleans none, sets the common headers of responses here too (contract section
// 3), and responds to the errors that handlers return. They come from the store, and nothing has
// been written then.
//
// Each path is registered for no method at all. Echo then calls one handler for every method,
// including unknown ones, so that the token is checked before the method (contract section 2).
func (a *API) Mount(e *echo.Echo) {
	for _, r := range routes() {
		e.RouteNotFound(r.path, a.guarded(func(c echo.Context) error { return r.answer(a, c) }))
		e.RouteNotFound(strings.TrimSuffix(r.path, "/"), a.redirect(r.path))
	}
	e.RouteNotFound("/api", a.notFound)
	e.RouteNotFound("/api/*", a.notFound)
}

// guarded wraps answer in the checks of token and method, in this order.
func (a *API) guarded(answer echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := a.token.Check(c); err != nil {
			if errors.Is(err, auth.ErrTokenUnknown) {
				c.Response().Header()["Retry-After"] = a.retryAfter
				return a.refuse(c, http.StatusServiceUnavailable, "The API token is not available yet.")
			}
			return a.refuse(c, http.StatusForbidden, "Invalid or missing token")
		}
		switch method := c.Request().Method; method {
		case http.MethodGet, http.MethodHead:
			return answer(c)
		case http.MethodOptions:
			c.Response().Header()["Allow"] = a.allow
			return c.NoContent(http.StatusNoContent)
		default:
			c.Response().Header()["Allow"] = a.allow
			return a.refuse(c, http.StatusMethodNotAllowed, `Method "`+method+`" not allowed.`)
		}
	}
}

// redirect redirects to path and keeps the query. The location is relative, so that it contains no
// host chosen by a client.
func (a *API) redirect(path string) echo.HandlerFunc {
	return func(c echo.Context) error {
		location := path
		if query := c.Request().URL.RawQuery; query != "" {
			location += "?" + query
		}
		c.Response().Header()["Location"] = []string{location}
		return c.NoContent(http.StatusMovedPermanently)
	}
}

func (a *API) notFound(c echo.Context) error {
	return a.refuse(c, http.StatusNotFound, "Not found.")
}
