package page

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
)

// Visit is one request to the admin with its user. User is the zero User if nobody has signed in,
// which happens only on routes that are open to everybody.
type Visit struct {
	echo.Context
	User    namets.User
	Session namets.Session

	kit   *Kit
	route Route
	sent  posted // the content of a POST; set by guard before the handler runs
}

// guard passes a request to its route if the user has the role for it.
func (k *Kit) guard(r Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		v := &Visit{Context: c, kit: k, route: r}
		if !r.reads() {
			if err := k.sameSite.Check(c); err != nil {
				k.cfg.Accounts.Refused(c, namets.CrossSiteRefused, namets.User{}, r.String())
				return echo.NewHTTPError(http.StatusForbidden, err.Error())
			}
		}
		session, user, err := k.cfg.Sessions.Find(c)
		switch {
		case err == nil:
			v.Session, v.User = session, user
		case !errors.Is(err, auth.ErrNoSession):
			return err
		case r.Needs != Nobody:
			return v.toSignIn()
		}
		if r.Needs != Nobody && !v.User.Role.Allows(r.Needs) {
			return v.refuse()
		}
		return v.orGone(v.execute())
	}
}

// execute reads the form, if the route takes one, and calls the route's handler.
func (v *Visit) execute() error {
	if v.route.reads() {
		return v.route.handle(v)
	}
	defer v.sent.drop()
	if err := v.receive(); err != nil {
		return err
	}
	if missing := v.missing(); len(missing) > 0 {
		return v.incomplete(missing)
	}
	return v.route.handle(v)
}

// maxPath is longer than the path and query of any page, in bytes.
const maxPath = 4096

// inside returns path if it leads to a page under /admin/ of this site, and otherwise the overview.
func inside(path string) string {
	u, err := url.Parse(path)
	bad := func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
	if err != nil || len(path) > maxPath || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(path, "/admin/") ||
		strings.Contains(u.Path, "..") || strings.Contains(u.Path, "//") || strings.ContainsFunc(u.Path, bad) ||
		strings.ContainsFunc(path, bad) {
		return "/admin/"
	}
	return path
}

// Actor is the actor for the audit.
func (v *Visit) Actor() namets.Actor {
	return namets.Actor{Kind: namets.SignedIn, Name: v.User.Name, Address: v.RealIP()}
}

// May reports whether the user has at least the role.
func (v *Visit) May(role namets.Role) bool { return v.User.Role.Allows(role) }

// ID returns the number in the path. Errors: NotFound.
func (v *Visit) ID() (int64, error) {
	id, err := strconv.ParseInt(v.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &namets.Error{Code: namets.NotFound, Message: "there is no such page"}
	}
	return id, nil
}

// Email returns the address as the user may see it: viewers see its first letter and its domain.
func (v *Visit) Email(address string) string {
	if v.May(namets.Editor) {
		return address
	}
	return masked(address)
}

// Phone returns the number as the user may see it: viewers see its last two digits.
func (v *Visit) Phone(number string) string {
	if v.May(namets.Editor) || number == "" {
		return number
	}
	return "•••" + number[max(len(number)-2, 0):]
}

func masked(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "•••"
	}
	_, size := utf8.DecodeRuneInString(address[:at])
	return address[:size] + "•••" + address[at:]
}
