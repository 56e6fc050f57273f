package site

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
)

// limits prevent a flood of forms from filling the database and from causing a flood of e-mails.
// Links in e-mails are not limited, because the mail service that opens them for many people is one
// client.
type limits struct {
	// clients counts the forms of one client, valid or not. Many people may share an address, for
	// example on a campus.
	clients *auth.Limiter
	// addresses counts the forms for one e-mail address, and the changes of one subscriber.
	addresses *auth.Limiter
	// all counts all forms that are carried out, from everybody.
	all *auth.Limiter
	// firsts recognizes the first form from each part of the Internet in a while; all others that
	// are carried out count again here. It reserves room within all, so that a flood from a few
	// networks does not block everybody else.
	firsts, again *auth.Limiter
}

func newLimits(now func() time.Time) limits {
	return limits{
		clients:   auth.NewLimiter(auth.Rate{Burst: 30, Every: 6 * time.Second}, 1<<16, now),
		addresses: auth.NewLimiter(auth.Rate{Burst: 6, Every: 5 * time.Minute}, 1<<16, now),
		all:       auth.NewLimiter(auth.Rate{Burst: 900, Every: 6 * time.Second}, 1, now),
		firsts:    auth.NewLimiter(auth.Rate{Burst: 1, Every: 10 * time.Minute}, 1<<16, now),
		again:     auth.NewLimiter(auth.Rate{Burst: 300, Every: 12 * time.Second}, 1, now),
	}
}

// allow uses the key once. Its error is a 429 with the time to wait.
func allow(c echo.Context, l *auth.Limiter, key string) error {
	wait := l.Take(key)
	if wait == 0 {
		return nil
	}
	seconds := int64((wait + time.Second - 1) / time.Second)
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.FormatInt(seconds, 10))
	return echo.NewHTTPError(http.StatusTooManyRequests)
}

// allowClient counts a form of the client.
func (s *Site) allowClient(c echo.Context) error {
	return allow(c, s.limits.clients, auth.ClientKey(client(c)))
}

// allowAddress counts a form that is carried out for the address or the subscriber.
func (s *Site) allowAddress(c echo.Context, key string) error {
	if err := allow(c, s.limits.addresses, key); err != nil {
		return err
	}
	if s.limits.firsts.Take(auth.RegionKey(client(c))) > 0 {
		if err := allow(c, s.limits.again, ""); err != nil {
			return err
		}
	}
	return allow(c, s.limits.all, "")
}
