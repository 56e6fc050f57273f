package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/internal/server"
)

// failing mounts GET routes under prefix that fail with each of errs, by number.
func failing(prefix string, errs []error) func(*echo.Echo) {
	return func(e *echo.Echo) {
		for i, err := range errs {
			e.GET(fmt.Sprint(prefix, i), func(c echo.Context) error {
				c.Response().Header().Set("Etag", `"stale"`)
				c.Response().Header().Set("Content-Disposition", "attachment")
				return err
			})
		}
	}
}

func TestErrors_becomeJSONBelowAPIAndPagesElsewhere(t *testing.T) {
	tests := []struct {
		err    error
		status int
		detail string
		logged bool
	}{
		{&namets.Error{Code: namets.Invalid, Field: "email", Message: "is no address"}, 400,
			"email: is no address", false},
		{fmt.Errorf("save: %w", &namets.Error{Code: namets.NotFound, Message: "there is no such event"}), 404,
			"there is no such event", false},
		{&namets.Error{Code: namets.Conflict, Message: "changed meanwhile <now>"}, 409,
			"changed meanwhile <now>", false},
		{&namets.Error{Code: namets.Forbidden}, 403, "Forbidden.", false},
		{&namets.Error{Code: namets.Unavailable, Message: "the disk is full", Err: errors.New("SQLITE_FULL")}, 503,
			"the disk is full", true},
		{&namets.Error{Code: namets.Internal, Message: "secret place"}, 500, "Internal server error.", true},
		{errors.New("secret cause"), 500, "Internal server error.", true},
		{context.Canceled, 500, "Internal server error.", true},
		{echo.NewHTTPError(500, "secret message"), 500, "Internal server error.", true},
		{echo.NewHTTPError(503, "The API token is not available yet."), 503, "The API token is not available yet.",
			true},
		{echo.NewHTTPError(400, "Invalid days value."), 400, "Invalid days value.", false},
		{echo.ErrNotFound, 404, "Not found.", false},
		{echo.NewHTTPError(418), 418, "I'm a teapot.", false},
		{echo.NewHTTPError(200, "no error status"), 500, "Internal server error.", true},
		{echo.NewHTTPError(400, 12).SetInternal(&http.MaxBytesError{Limit: 1}), 413, "Request body too large.", false},
	}
	var errs []error
	for _, tt := range tests {
		errs = append(errs, tt.err)
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(tt.err), func(t *testing.T) {
			s := start(t, server.Config{RenderError: func(c echo.Context, status int, id string) error {
				return c.HTML(status, fmt.Sprintf("<h1>%d %s</h1>", status, id))
			}}, failing("/api/", errs), failing("/page/", errs))

			res, body := do(t, "GET", fmt.Sprintf("%s/api/%d", s.url, i), nil)
			want := fmt.Sprintf(`{"detail":"%s"}`, tt.detail)
			if res.StatusCode != tt.status || body != want || res.Header.Get("Content-Type") != "application/json" ||
				res.ContentLength != int64(len(want)) {
				t.Errorf("got %d %s %v, want %d %s", res.StatusCode, body, res.Header, tt.status, want)
			}
			if res.Header.Get("Etag") != "" || res.Header.Get("Content-Disposition") != "" {
				t.Error("headers of the answer that failed are left")
			}
			if got := res.Header.Get("Retry-After"); (got != "") != (tt.status == 503) {
				t.Errorf("Retry-After = %q", got)
			}
			id := res.Header.Get("X-Request-Id")
			log := s.log.String()
			if logged := strings.Count(log, "\n") == 1 && strings.Contains(log, id); logged != tt.logged {
				t.Errorf("logged %v, want %v: %s", logged, tt.logged, log)
			}

			res, body = do(t, "GET", fmt.Sprintf("%s/page/%d", s.url, i), nil)
			want = fmt.Sprintf("<h1>%d %s</h1>", tt.status, res.Header.Get("X-Request-Id"))
			if res.StatusCode != tt.status || body != want {
				t.Errorf("page: got %d %s, want %s", res.StatusCode, body, want)
			}

			res, body = do(t, "HEAD", fmt.Sprintf("%s/api/%d", s.url, i), nil)
			if res.StatusCode != tt.status || body != "" {
				t.Errorf("HEAD: got %d %q", res.StatusCode, body)
			}
		})
	}
}

func TestErrors_unknownPathsAndMethods(t *testing.T) {
	s := start(t, server.Config{}, text("/page", "page"), text("/api/x/", "x"))
	tests := []struct {
		method, path string
		status       int
		body, allow  string
	}{
		{"GET", "/api/none", 404, `{"detail":"Not found."}`, ""},
		{"DELETE", "/api/x/", 405, `{"detail":"Method \"DELETE\" not allowed."}`, "OPTIONS, GET, HEAD"},
		{"FOO", "/api/x/", 405, `{"detail":"Method \"FOO\" not allowed."}`, "OPTIONS, GET, HEAD"},
		{"GET", "/none", 404, "Not found.\nRequest ID\n", ""},
		{"POST", "/page", 405, "Method not allowed.\nRequest ID\n", "OPTIONS, GET, HEAD"},
		{"GET", "/apix/", 404, "Not found.\nRequest ID\n", ""},
	}
	for _, tt := range tests {
		res, body := do(t, tt.method, s.url+tt.path, nil)
		want := strings.Replace(tt.body, "ID", res.Header.Get("X-Request-Id"), 1)
		if res.StatusCode != tt.status || body != want || res.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d %q, Allow %q", tt.method, tt.path, res.StatusCode, body, res.Header.Get("Allow"))
		}
	}
	if got := s.log.String(); got != "" {
		t.Errorf("logged: %s", got)
	}
}

func TestErrors_panicsBecome500WithTheIDAndTheStackStaysInTheLog(t *testing.T) {
	boom := func(c echo.Context) error { panic("boom") }
	s := start(t, server.Config{}, func(e *echo.Echo) {
		e.GET("/page", boom)
		e.GET("/api/x", boom)
	})
	res, body := do(t, "GET", s.url+"/page", nil)
	id := res.Header.Get("X-Request-Id")
	if res.StatusCode != 500 || body != "Internal server error.\nRequest "+id+"\n" || id == "" {
		t.Errorf("page: got %d %q", res.StatusCode, body)
	}
	if log := s.log.String(); !strings.Contains(log, id) || !strings.Contains(log, "boom") ||
		!strings.Contains(log, "errors_test.go") {
		t.Errorf("log: %s", log)
	}
	res, body = do(t, "GET", s.url+"/api/x", nil)
	if res.StatusCode != 500 || body != `{"detail":"Internal server error."}` {
		t.Errorf("API: got %d %q", res.StatusCode, body)
	}
	if got := s.access.String(); got != "" && !strings.Contains(got, `"status":500`) {
		t.Errorf("access log: %s", got)
	}
}

func TestErrors_afterTheFirstByteTheConnectionIsAborted(t *testing.T) {
	begun := func(then func() error) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Content-Type", "text/plain")
			if _, err := c.Response().Write(make([]byte, 100)); err != nil {
				return err
			}
			return then()
		}
	}
	s := start(t, server.Config{}, func(e *echo.Echo) {
		for _, prefix := range []string{"/", "/api/"} {
			e.GET(prefix+"error", begun(func() error { return errors.New("row 7 is broken") }))
			e.GET(prefix+"panic", begun(func() error { panic("boom") }))
			e.GET(prefix+"abort", begun(func() error { panic(http.ErrAbortHandler) }))
		}
	})
	for _, path := range []string{"/error", "/panic", "/abort", "/api/error", "/api/panic", "/api/abort"} {
		req, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip")
		req.Close = true // an idle connection would make the client try twice
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			res.Body.Close()
			t.Errorf("%s: the truncated answer came as %d", path, res.StatusCode)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(s.access.String(), `"aborted":true`); got != 6 {
		t.Errorf("%d of 6 lines say aborted: %s", got, s.access)
	}
	if log := s.log.String(); strings.Count(log, "row 7 is broken") != 2 || strings.Count(log, "panic=boom") != 2 {
		t.Errorf("log: %s", log)
	}
}

func TestErrors_aPageThatCannotBeRenderedFallsBackToText(t *testing.T) {
	s := start(t, server.Config{RenderError: func(echo.Context, int, string) error {
		return errors.New("bad template")
	}})
	res, body := do(t, "GET", s.url+"/none", nil)
	if res.StatusCode != 404 || !strings.HasPrefix(body, "Not found.") ||
		!strings.Contains(s.log.String(), "bad template") {
		t.Errorf("got %d %q, log %s", res.StatusCode, body, s.log)
	}
}

func TestErrors_aClientThatLeavesIsNoFailureOfTheService(t *testing.T) {
	entered, left := make(chan struct{}), make(chan struct{})
	s := start(t, server.Config{}, func(e *echo.Echo) {
		e.GET("/slow", func(c echo.Context) error {
			close(entered)
			<-c.Request().Context().Done()
			close(left)
			return fmt.Errorf("read rows: %w", c.Request().Context().Err())
		})
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", s.url+"/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-entered
		cancel()
	}()
	if _, err := http.DefaultTransport.RoundTrip(req); err == nil {
		t.Fatal("got an answer")
	}
	<-left
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if s.log.String() != "" || !strings.Contains(s.access.String(), `"status":499`) {
		t.Errorf("log %q, access log %q", s.log, s.access)
	}
}
