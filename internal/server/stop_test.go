package server_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

// waiting mounts a route that says when it was entered and answers once released or abandoned.
func waiting(entered chan<- struct{}, release <-chan struct{}) func(*echo.Echo) {
	return func(e *echo.Echo) {
		e.GET("/slow", func(c echo.Context) error {
			if err := c.Blob(200, "application/octet-stream", make([]byte, 100_000)); err != nil {
				return err
			}
			entered <- struct{}{}
			select {
			case <-release:
				_, err := io.WriteString(c.Response(), "the end")
				return err
			case <-c.Request().Context().Done():
				return c.Request().Context().Err()
			}
		})
	}
}

func TestRun_finishesTheAnswersUnderWayWhenStopped(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, server.Config{Limits: server.Limits{Stop: time.Hour}}, waiting(entered, release),
		text("/quick", "quick"))
	do(t, "GET", s.url+"/quick", nil) // leaves an idle connection
	idle := dial(t, s)                // a connection that says nothing, as browsers open them
	body := make(chan string)
	go func() {
		_, b := do(t, "GET", s.url+"/slow", nil)
		body <- b
	}()
	<-entered
	stopped := make(chan error)
	go func() { stopped <- s.stop() }()
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("a silent connection got an answer")
	}
	for { // the listener is closed before anything else, but not before stop begins
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			break
		}
		c.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("Run returned %v with an answer under way", err)
	default:
	}
	close(release)
	if got := <-body; len(got) != 100_007 || !strings.HasSuffix(got, "the end") {
		t.Errorf("the answer has %d bytes", len(got))
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run: %v", err)
	}
	if got := s.access.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `"route":"/slow"`) {
		t.Errorf("access log after the stop: %s", got)
	}
}

func TestRun_cutsOffWhatTakesTooLongAndSaysSo(t *testing.T) {
	entered := make(chan struct{})
	s := start(t, server.Config{Limits: server.Limits{Stop: 50 * time.Millisecond}}, waiting(entered, nil))
	c := dial(t, s)
	io.WriteString(c, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	err := s.stop()
	if !errors.Is(err, server.ErrCutOff) || !strings.Contains(err.Error(), "cut off after 50ms: 1") {
		t.Errorf("Run: %v", err)
	}
	if b, _ := io.ReadAll(c); strings.HasSuffix(string(b), "0\r\n\r\n") {
		t.Error("the truncated answer looks complete")
	}
}

func TestRun_logsAnAnswerWhoseClientHasLeft(t *testing.T) {
	entered := make(chan struct{})
	s := start(t, server.Config{}, text("/whole", "home"), func(e *echo.Echo) {
		e.GET("/large", func(c echo.Context) error {
			c.Response().Header().Set("Content-Length", "100000000")
			c.Response().WriteHeader(200)
			entered <- struct{}{}
			for range 1000 {
				_, _ = c.Response().Write(make([]byte, 100_000)) // a handler may leave it at that
			}
			return nil
		})
	})
	c := dial(t, s)
	io.WriteString(c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	c.Close()
	do(t, "GET", s.url+"/whole", nil)
	do(t, "HEAD", s.url+"/whole", nil)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(s.access.String()) {
		if aborted := strings.Contains(line, `"aborted":true`); aborted != strings.Contains(line, "/large") {
			t.Error(line)
		}
	}
}

func TestRun_doesNotCallAHalfSentRequestCutOff(t *testing.T) {
	s := start(t, server.Config{Limits: server.Limits{Stop: 50 * time.Millisecond}}, text("/", "home"))
	c := dial(t, s)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT")
	if _, err := io.ReadAtLeast(c, make([]byte, 1000), 50); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestRun_reportsAListenerThatFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.New(server.Config{Listener: l})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "serve: ") {
		t.Errorf("Run: %v", err)
	}
}
