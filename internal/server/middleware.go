package server

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// middleware is the only middleware, for all routes. Echo calls it again for every request, so all
// state is in the Server.
func (s *Server) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.handle(c, next)
		return nil
	}
}

// handle serves one request, counts it and logs it. It panics with http.ErrAbortHandler to abort
// the connection.
func (s *Server) handle(c echo.Context, next echo.HandlerFunc) {
	start := s.now()
	req := c.Request()
	e := exchange{c: c, route: s.route(c), start: start, aborted: true}

	if len(s.clients.trusted) > 0 && s.clients.trusts(peerOf(req)) {
		e.id = s.ids.given(req.Header)
	}
	if e.id == "" {
		e.id = s.ids.next()
	}
	h := c.Response().Header()
	h[requestIDHeader] = []string{e.id}
	s.headers.set(h)

	s.inFlight.Add(1)
	defer s.finish(&e)
	s.answer(&e, next)
	e.aborted = false
}

// exchange is one request and its response.
type exchange struct {
	c       echo.Context
	route   *route
	id      string
	start   time.Time
	aborted bool
	zip     *compressor // nil: the answer is not compressed
}

// answer runs the handler and turns its result into a response.
func (s *Server) answer(e *exchange, next echo.HandlerFunc) {
	c := e.c
	defer func() {
		if v := recover(); v != nil {
			s.recovered(e, v)
		}
		if e.zip != nil {
			e.zip.finish()
		}
	}()
	req := c.Request()
	tooLarge := req.ContentLength != 0 && s.limitBody(c.Response().Writer, req, e.route)
	if !isAPI(req) {
		e.zip = s.zips.compress(c)
	}
	if tooLarge && isForBody(req) {
		s.handleError(&http.MaxBytesError{Limit: e.route.bodyLimit}, c)
		return
	}
	if e.route == s.unknown && req.Method == http.MethodOptions && req.RequestURI == "*" {
		c.Response().WriteHeader(http.StatusNoContent)
		return
	}
	if err := next(c); err != nil {
		s.handleError(err, c)
	}
}

// recovered turns a panic into a 500, or aborts the connection if the response has begun.
func (s *Server) recovered(e *exchange, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.log.Error("panic", "id", e.id, "route", e.route.pattern, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if e.c.Response().Committed {
		panic(http.ErrAbortHandler)
	}
	s.respond(e.c, failure{http.StatusInternalServerError, sentence(http.StatusInternalServerError)})
}

// finish counts and logs the response.
func (s *Server) finish(e *exchange) {
	s.inFlight.Add(-1)
	end := s.now()
	took := end.Sub(e.start)
	req, res := e.c.Request(), e.c.Response()
	status := res.Status
	if e.aborted && !res.Committed {
		status = http.StatusInternalServerError
	}
	e.route.count(req.Method, status, took)
	if s.access == nil || e.route.probe && status == http.StatusOK {
		return // platforms probe every few seconds
	}
	bytes := res.Size
	if e.zip != nil {
		bytes = e.zip.sent
	}
	if req.Method == http.MethodHead {
		bytes = 0
	}
	s.access.append(entry{
		time: end, id: e.id, method: req.Method, route: e.route, status: status, bytes: bytes,
		took: took, client: s.clients.of(req), aborted: e.aborted || isShort(req, res, bytes),
	})
}

// isShort reports whether the client left, or was cut off, before it received the whole declared
// response.
func isShort(req *http.Request, res *echo.Response, bytes int64) bool {
	announced := res.Header()[echo.HeaderContentLength]
	if len(announced) != 1 || req.Method == http.MethodHead || res.Status == http.StatusNotModified {
		return false
	}
	n, err := strconv.ParseInt(announced[0], 10, 64)
	return err == nil && bytes < n
}

// route returns the data of the route that c matched.
func (s *Server) route(c echo.Context) *route {
	if rt, ok := s.routes[c.Path()]; ok {
		return rt
	}
	return s.unknown
}

// isAPI reports whether responses to r, including errors, are JSON and never compressed.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
