package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/internal/metrics"
	"namets/internal/server"
)

// blob mounts a route that serves ready bytes, as internal/api does.
func blob(path string, size int) func(*echo.Echo) {
	body := []byte(strings.Repeat("x", size))
	contentType, length := []string{"application/json"}, []string{strconv.Itoa(size)}
	return func(e *echo.Echo) {
		e.GET(path, func(c echo.Context) error {
			h := c.Response().Header()
			h["Content-Type"], h["Content-Length"] = contentType, length
			_, err := c.Response().Write(body)
			return err
		})
	}
}

// discard is a ResponseWriter that keeps its header map.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func benchmark(b *testing.B, h http.Handler) {
	req := httptest.NewRequest("GET", "/api/prayer/today/", nil)
	w := &discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, req)
	}
}

// BenchmarkBareEcho is what Echo alone takes.
func BenchmarkBareEcho(b *testing.B) {
	e := echo.New()
	blob("/api/prayer/today/", 100)(e)
	benchmark(b, e)
}

// BenchmarkServer is the same answer with everything this package does, the access log and its
// writer included.
func BenchmarkServer(b *testing.B) {
	s := server.New(server.Config{
		Addr: "127.0.0.1:0", AccessLog: io.Discard, Mounts: []func(*echo.Echo){blob("/api/prayer/today/", 100)},
		Durations: metrics.NewDurations().Of,
	})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	benchmark(b, s.Handler())
	b.ReportMetric(float64(s.Stats().LogLinesDropped)/float64(b.N), "dropped/op")
}

// TestServer_allocatesLittle keeps what the package adds to an answer from growing unnoticed.
func TestServer_allocatesLittle(t *testing.T) {
	s := server.New(server.Config{AccessLog: io.Discard, Mounts: []func(*echo.Echo){blob("/api/prayer/today/", 100)}})
	req := httptest.NewRequest("GET", "/api/prayer/today/", nil)
	w := &discard{http.Header{}}
	const max = 4 // Echo's closure, the id, its header value, and now and then the log's buffer
	if got := testing.AllocsPerRun(1000, func() { s.Handler().ServeHTTP(w, req) }); got > max {
		t.Errorf("%v allocations per answer, want at most %v", got, max)
	}
}
