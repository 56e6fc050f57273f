package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
)

// visit is one request to the admin, with who makes it. User is the zero User where nobody has
// signed in, which happens only on routes that need nobody.
type visit struct {
	echo.Context
	User    namets.User
	Session namets.Session

	admin *Admin
	route route
	sent  posted // what a POST has brought; set by guard before the handler runs
}

// guard lets a request through to its route when its user may.
func (a *Admin) guard(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		v := &visit{Context: c, admin: a, route: r}
		if r.method != get {
			if err := a.sameSite.Check(c); err != nil {
				a.cfg.Accounts.Refused(c, namets.CrossSiteRefused, namets.User{}, r.String())
				return echo.NewHTTPError(http.StatusForbidden, err.Error())
			}
		}
		session, user, err := a.cfg.Sessions.Find(c)
		switch {
		case err == nil:
			v.Session, v.User = session, user
		case !errors.Is(err, auth.ErrNoSession):
			return err
		case r.needs != nobody:
			return v.toSignIn()
		}
		if r.needs != nobody && !v.User.Role.Allows(r.needs) {
			return v.refuse()
		}
		return v.orGone(v.carryOut())
	}
}

// carryOut reads the form, where the route takes one, and calls the route's handler.
func (v *visit) carryOut() error {
	if v.route.method == get {
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

// inside returns path when it leads to a page under /admin/ of this site, and otherwise the
// overview.
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

// refusedPage says why somebody may not do a thing.
type refusedPage struct {
	page
	Needs  namets.Role
	Change bool // rather than a page
}

// refuse tells a user that the role does not allow what was asked for.
func (v *visit) refuse() error {
	v.admin.cfg.Accounts.Refused(v.Context, namets.RoleRefused, v.User, v.route.String())
	return v.render(http.StatusForbidden, "refused", &refusedPage{page: v.page("Not allowed"), Needs: v.route.needs,
		Change: v.route.method != get})
}

// actor is who acts, for the audit.
func (v *visit) actor() namets.Actor {
	return namets.Actor{Kind: namets.SignedIn, Name: v.User.Name, Address: v.RealIP()}
}

// may reports whether the user's role allows what needs the role.
func (v *visit) may(role namets.Role) bool { return v.User.Role.Allows(role) }
