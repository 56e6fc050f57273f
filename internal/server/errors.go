package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// retryAfter is the Retry-After of a 503, in seconds.
const retryAfter = "5"

// statusClientGone is logged and counted when a request failed because the client left. Nobody
// receives it.
const statusClientGone = 499

// failure is an error as the client sees it.
type failure struct {
	status int
	detail string // one sentence, without internals
}

// statusOf maps the domain's error codes to statuses. It is the only place that does.
func statusOf(code namets.Code) int {
	switch code {
	case namets.Invalid:
		return http.StatusBadRequest
	case namets.NotFound:
		return http.StatusNotFound
	case namets.Conflict:
		return http.StatusConflict
	case namets.Forbidden:
		return http.StatusForbidden
	case namets.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// failureOf decides what to tell the client about err.
func failureOf(err error, method string) failure {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return failure{http.StatusRequestEntityTooLarge, "Request body too large."}
	}
	if errors.Is(err, errBodyTooSlow) {
		return failure{http.StatusRequestTimeout, "Request body too slow."}
	}
	if errors.Is(err, errBodyBroken) {
		return failure{http.StatusBadRequest, "Request body incomplete."}
	}
	if e, ok := errors.AsType[*namets.Error](err); ok {
		f := failure{status: statusOf(e.Code), detail: e.Message}
		if e.Field != "" {
			f.detail = e.Field + ": " + f.detail
		}
		if f.status == http.StatusInternalServerError || e.Message == "" {
			f.detail = sentence(f.status)
		}
		return f
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code >= 400 && e.Code <= 599 {
		return httpFailure(e, method)
	}
	return failure{http.StatusInternalServerError, sentence(http.StatusInternalServerError)}
}

// httpFailure takes the message from err if a handler has chosen one for the client.
func httpFailure(e *echo.HTTPError, method string) failure {
	f := failure{e.Code, sentence(e.Code)}
	msg, ok := e.Message.(string)
	switch {
	case e.Code == http.StatusMethodNotAllowed:
		f.detail = fmt.Sprintf("Method %q not allowed.", method)
	case ok && msg != "" && msg != http.StatusText(e.Code) && e.Code != http.StatusInternalServerError:
		f.detail = msg
	}
	return f
}

// sentence is the text of a status as a sentence: "Not found."
func sentence(status int) string {
	text := orDefault(http.StatusText(status), "Error "+strconv.Itoa(status))
	return text[:1] + strings.ToLower(text[1:]) + "."
}

// handleError responds to the request with err and logs the service's own faults once. If the
// response has already begun, it aborts the connection, so that a truncated body never looks
// complete.
func (s *Server) handleError(err error, c echo.Context) {
	req, res := c.Request(), c.Response()
	f := failureOf(err, req.Method)
	gone := req.Context().Err() != nil
	if gone && f.status >= 500 {
		f.status = statusClientGone
	}
	if !gone && (f.status >= 500 || res.Committed) {
		s.log.Error("request failed", "id", RequestID(c), "method", logMethod(req.Method), "route", s.route(c).pattern,
			"status", f.status, "error", err)
	}
	if res.Committed {
		panic(http.ErrAbortHandler)
	}
	s.respond(c, f)
}

// respond writes the response for f: JSON under /api/, a page elsewhere. It writes nothing if the
// client is gone.
func (s *Server) respond(c echo.Context, f failure) {
	h := c.Response().Header()
	for _, key := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Etag",
		"Last-Modified", "Cache-Control"} {
		delete(h, key) // they described the answer that was not sent
	}
	switch f.status {
	case http.StatusServiceUnavailable:
		h.Set(echo.HeaderRetryAfter, retryAfter)
	case http.StatusRequestTimeout, http.StatusRequestEntityTooLarge:
		h.Set(echo.HeaderConnection, "close") // what is left of the body is nobody's
	}
	if s.config.RenderProblem != nil && strings.HasPrefix(c.Request().URL.Path, s.config.Problems) {
		s.config.RenderProblem(c, f.status, f.detail)
		return
	}
	if isAPI(c.Request()) {
		writeDetail(c, f)
		return
	}
	h.Set(echo.HeaderCacheControl, "no-store")
	if s.config.RenderError != nil {
		err := s.config.RenderError(c, f.status, RequestID(c))
		if err == nil || c.Response().Committed {
			return
		}
		s.log.Error("render error page", "id", RequestID(c), "status", f.status, "error", err)
	}
	_ = c.String(f.status, fmt.Sprintf("%s\nRequest %s\n", sentence(f.status), RequestID(c)))
}

// writeDetail writes the JSON body of section 6.
func writeDetail(c echo.Context, f failure) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(struct {
		Detail string `json:"detail"`
	}{f.detail}); err != nil {
		panic(err) // a string always encodes
	}
	body := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/json")
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	_ = c.Blob(f.status, "application/json", body)
}
