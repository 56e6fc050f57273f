package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

// dial opens a connection to s that ends with the test.
func dial(t *testing.T, s *running) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// raw sends bytes as they are, in the background because the server may answer before it has read
// them all, and returns the answer's status and body, and whether it closes the connection.
func raw(t *testing.T, s *running, request string) (status int, body string, closing bool) {
	t.Helper()
	c := dial(t, s)
	go io.WriteString(c, request)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Close
}

// echoBody mounts a POST route that reads its body and says how long it was.
func echoBody(path string) func(*echo.Echo) {
	return func(e *echo.Echo) {
		e.Any(path, func(c echo.Context) error {
			n, err := io.Copy(io.Discard, c.Request().Body)
			if err != nil {
				return fmt.Errorf("read: %w", err)
			}
			return c.String(200, fmt.Sprint(n))
		})
	}
}

func TestLimits_headersOver16KiBAre431(t *testing.T) {
	s := start(t, server.Config{}, text("/", "home"))
	request := func(size int) string {
		head := "GET / HTTP/1.1\r\nHost: x\r\nX-Fill: "
		return head + strings.Repeat("a", size-len(head)-4) + "\r\n\r\n"
	}
	for size, want := range map[int]int{16 << 10: 200, 16<<10 + 1: 431, 200 << 10: 431} {
		if got, _, _ := raw(t, s, request(size)); got != want {
			t.Errorf("%d bytes of headers: got %d, want %d", size, got, want)
		}
	}
	if got, _, _ := raw(t, s, "GET / HTTP/1.1\r\nHost: x\r\n"+strings.Repeat("A: b\r\n", 100_000)+"\r\n"); got != 431 {
		t.Errorf("100,000 headers: got %d, want 431", got)
	}
}

func TestLimits_bodies(t *testing.T) {
	const mib = 1 << 20
	s := start(t, server.Config{BodyLimits: map[string]int64{"/upload/:name": 16 * mib, "/tiny": 10}},
		echoBody("/form"), echoBody("/api/form"), echoBody("/upload/:name"), echoBody("/tiny"))
	tests := []struct {
		name, method, path string
		size               int
		chunked            bool
		want               int
	}{
		{"at the limit", "POST", "/form", mib, false, 200},
		{"over the limit", "POST", "/form", mib + 1, false, 413},
		{"over the limit, chunked", "POST", "/form", mib + 1, true, 413},
		{"over the limit under /api/", "POST", "/api/form", mib + 1, false, 413},
		{"over the limit under /api/, chunked", "POST", "/api/form", mib + 1, true, 413},
		{"a route with a limit of its own", "POST", "/upload/a", 16 * mib, false, 200},
		{"over the limit of its own", "PUT", "/upload/a", 16*mib + 1, false, 413},
		{"a smaller limit of its own", "POST", "/tiny", 11, false, 413},
		{"none", "POST", "/form", 0, false, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(strings.Repeat("b", tt.size))
			if tt.chunked {
				body = struct{ io.Reader }{body}
			}
			req, err := http.NewRequest(tt.method, s.url+tt.path, body)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != tt.want {
				t.Errorf("got %d, want %d", res.StatusCode, tt.want)
			}
		})
	}
}

func TestLimits_aDeclaredTenGigabytesAreRefusedAtOnce(t *testing.T) {
	handled := make(chan struct{}, 10)
	s := start(t, server.Config{}, func(e *echo.Echo) {
		e.POST("/form", func(echo.Context) error { handled <- struct{}{}; return nil })
		e.GET("/page", func(c echo.Context) error { return c.String(200, "page") })
		e.POST("/api/x", func(c echo.Context) error { return c.String(403, "token first") })
	})
	const huge = " HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\nbegin"
	if got, _, closing := raw(t, s, "POST /form"+huge); got != 413 || !closing {
		t.Errorf("POST: got %d, closing %v", got, closing)
	}
	if len(handled) != 0 {
		t.Error("the handler ran")
	}
	if got, body, _ := raw(t, s, "GET /page"+huge); got != 200 || body != "page" {
		t.Errorf("a GET whose body nobody reads: got %d %q", got, body)
	}
	if got, body, _ := raw(t, s, "POST /api/x"+huge); got != 403 || body != "token first" {
		t.Errorf("under /api/ the handler decides first: got %d %q", got, body)
	}
	if got, _, _ := raw(t, s, "POST /api/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "+
		"100\r\n\r\n"); got != 403 {
		t.Errorf("a client that waits for 100 Continue: got %d", got)
	}
}

func TestLimits_garbageIs400AndTheServerGoesOn(t *testing.T) {
	s := start(t, server.Config{}, text("/", "home"))
	for _, garbage := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "\x00\x00\x00\x00\r\n\r\n", "GET\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", "GE\"T / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / " +
			"HTTP/1.1\r\nHost: a b\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "GET / HTTP/1.1\r\nHost: " +
			"x\r\nContent-Length: -1\r\n\r\n",
	} {
		if got, _, _ := raw(t, s, garbage); got != 400 {
			t.Errorf("%q: got %d, want 400", garbage, got)
		}
	}
	if res, _ := do(t, "GET", s.url+"/", nil); res.StatusCode != 200 {
		t.Errorf("afterwards: got %d", res.StatusCode)
	}
}

func TestServer_takesOddTargets(t *testing.T) {
	s := start(t, server.Config{}, text("/", "home"))
	for line, want := range map[string]int{
		"OPTIONS * HTTP/1.1": 204, "GET * HTTP/1.1": 404, "GET http://example.org HTTP/1.1": 200,
		"GET http://example.org/ HTTP/1.1": 200,
		"CONNECT example.org:443 HTTP/1.1": 404, "GET //x HTTP/1.1": 404, "OPTIONS / HTTP/1.1": 204,
		"PRI * HTTP/2.0": 404,
		"GET / HTTP/1.0": 200, "GET /%00%0a%ff HTTP/1.1": 404, "FOO / HTTP/1.1": 405, "GET /? HTTP/1.1": 200,
	} {
		if got, _, _ := raw(t, s, line+"\r\nHost: x\r\nConnection: close\r\n\r\n"); got != want {
			t.Errorf("%s: got %d, want %d", line, got, want)
		}
	}
}

func TestLimits_aClientThatNeverReadsIsCutOff(t *testing.T) {
	failed := make(chan error, 1)
	s := start(t, server.Config{Limits: server.Limits{Write: 100 * time.Millisecond}}, func(e *echo.Echo) {
		e.GET("/api/endless", func(c echo.Context) error {
			chunk := make([]byte, 256<<10)
			for {
				if _, err := c.Response().Write(chunk); err != nil {
					failed <- err
					return err
				}
			}
		})
	})
	c := dial(t, s)
	io.WriteString(c, "GET /api/endless HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case err := <-failed:
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("the handler's write failed with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still writing")
	}
	_, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		_, err = io.Copy(io.Discard, c)
	}
	t.Log("the client sees:", err)
	if got := s.log.String(); got != "" {
		t.Errorf("logged as a failure of the service: %s", got)
	}
}

func TestLimits_aClientThatSendsEverythingBeforeItReadsStillGetsThe413(t *testing.T) {
	s := start(t, server.Config{}, echoBody("/form"))
	c := dial(t, s)
	const size = 24 << 20 // more than the kernels' buffers hold
	head := fmt.Sprintf("POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size)
	if _, err := c.Write(append([]byte(head), make([]byte, size)...)); err != nil {
		t.Fatalf("send: %v", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 413 {
		t.Errorf("got %d, %v", res.StatusCode, err)
	}
}
