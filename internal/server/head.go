package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// headTwins adds HEAD to every GET route, as RFC 9110 section 9.3.2 asks; Echo does not. The
// handler runs as for GET, and net/http omits the body.
type headTwins struct {
	gets  []getRoute
	heads map[string]bool // path → it has a route for HEAD of its own
}

type getRoute struct {
	path       string
	handler    echo.HandlerFunc
	middleware []echo.MiddlewareFunc
}

// addRoute is Echo's OnAddRouteHandler while the mounts run.
func (t *headTwins) addRoute(host string, r echo.Route, h echo.HandlerFunc, m []echo.MiddlewareFunc) {
	switch {
	case host != "":
	case r.Method == http.MethodGet:
		t.gets = append(t.gets, getRoute{r.Path, h, m})
	case r.Method == http.MethodHead:
		if t.heads == nil {
			t.heads = map[string]bool{}
		}
		t.heads[r.Path] = true
	}
}

func (t *headTwins) add(e *echo.Echo) {
	for _, r := range t.gets {
		if !t.heads[r.path] {
			e.HEAD(r.path, r.handler, r.middleware...)
		}
	}
}
