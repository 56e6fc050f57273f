package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"namets/internal/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lockedBuffer is a buffer that a server may write to while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// running is a server on a real socket.
type running struct {
	*server.Server
	url    string
	log    *lockedBuffer
	access *lockedBuffer
	stop   func() error // stops it and returns what Run returned; may be called more than once
}

// start runs a server on a free loopback port with routes added by mount, until the test ends.
func start(t *testing.T, config server.Config, mount ...func(*echo.Echo)) *running {
	t.Helper()
	r := &running{log: &lockedBuffer{}, access: &lockedBuffer{}}
	config.Addr = "127.0.0.1:0"
	config.Mounts = mount
	config.Log = slog.New(slog.NewTextHandler(r.log, nil))
	config.AccessLog = r.access
	r.Server = server.New(config)
	if err := r.Listen(); err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + r.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		r.stop()
	})
	return r
}

// do sends a request with the headers given as pairs and returns the answer with its body read.
func do(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func text(path, answer string) func(*echo.Echo) {
	return func(e *echo.Echo) {
		e.GET(path, func(c echo.Context) error { return c.String(http.StatusOK, answer) })
	}
}

func TestHealthz_isOKWhileTheProcessServes(t *testing.T) {
	s := start(t, server.Config{Ready: func(context.Context) error { return errors.New("not ready") }})
	res, body := do(t, "GET", s.url+"/healthz", nil)
	if res.StatusCode != 200 || body != "ok" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("got %d %q %v", res.StatusCode, body, res.Header)
	}
}

func TestReadyz_givesTheReasonWhenNotReady(t *testing.T) {
	var mu sync.Mutex
	var reason error
	s := start(t, server.Config{Ready: func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		return reason
	}})
	if res, body := do(t, "GET", s.url+"/readyz", nil); res.StatusCode != 200 || body != "ready" {
		t.Errorf("ready: got %d %q", res.StatusCode, body)
	}
	mu.Lock()
	reason = errors.New("database: disk is full")
	mu.Unlock()
	res, body := do(t, "GET", s.url+"/readyz", nil)
	if res.StatusCode != 503 || body != "database: disk is full" || res.Header.Get("Retry-After") == "" {
		t.Errorf("not ready: got %d %q %v", res.StatusCode, body, res.Header)
	}
}

func TestServer_sendsTheSecurityHeadersWithEveryAnswer(t *testing.T) {
	s := start(t, server.Config{HSTS: true}, text("/page", "hello"))
	for _, path := range []string{"/page", "/none", "/api/none", "/healthz"} {
		res, _ := do(t, "GET", s.url+path, nil)
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := res.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
	}
	plain := start(t, server.Config{}, text("/page", "hello"))
	if res, _ := do(t, "GET", plain.url+"/page", nil); res.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS sent although it is off")
	}
}

func TestServer_matchesTheDecodedPathWithoutCleaningIt(t *testing.T) {
	s := start(t, server.Config{}, text("/a/b/", "found"), text("/p/:name", "param"))
	for path, want := range map[string]int{
		"/a/b/": 200, "/a%2Fb/": 200, "/%61/b/": 200, "/a//b/": 404, "/a/b": 404, "/a/./b/": 404, "/a/x/../b/": 404,
		"/A/b/": 404, "/p/x%2Fy": 200,
	} {
		if res, _ := do(t, "GET", s.url+path, nil); res.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, res.StatusCode, want)
		}
	}
}

func TestServer_answersHEADWhereThereIsAGET(t *testing.T) {
	s := start(t, server.Config{}, text("/page", "hello"), func(e *echo.Echo) {
		e.GET("/own", func(c echo.Context) error { return c.String(200, "get") })
		e.HEAD("/own", func(c echo.Context) error { return c.NoContent(204) })
	})
	if res, body := do(t, "HEAD", s.url+"/page", nil); res.StatusCode != 200 || body != "" || res.ContentLength != 5 {
		t.Errorf("got %d %q, length %d", res.StatusCode, body, res.ContentLength)
	}
	if res, _ := do(t, "HEAD", s.url+"/own", nil); res.StatusCode != 204 {
		t.Errorf("own HEAD route: got %d", res.StatusCode)
	}
}

func TestServer_listensOnlyOnce(t *testing.T) {
	s := start(t, server.Config{})
	if err := s.Listen(); err == nil {
		t.Error("second Listen succeeded")
	}
	other := server.New(server.Config{Addr: s.Addr().String()})
	if other.Addr() != nil {
		t.Error("Addr before Listen is not nil")
	}
	if err := other.Run(t.Context()); err == nil || !strings.Contains(err.Error(), s.Addr().String()) {
		t.Errorf("Run on a port in use: %v", err)
	}
}

func ExampleServer() {
	s := server.New(server.Config{Addr: "127.0.0.1:0", Mounts: []func(*echo.Echo){text("/hello", "hello")}})
	if err := s.Listen(); err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(s.Run(ctx))
	// Output: <nil>
}
