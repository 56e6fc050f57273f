package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

// stopped is a context with which Run stops at once, after it has written its log.
func stopped(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestAccessLog_oneLinePerAnswer(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 30, 0, 42_000_000, time.FixedZone("", 3600))
	s := start(t, server.Config{Now: func() time.Time { return now }}, text("/p/:name", "hello"))
	res, _ := do(t, "GET", s.url+"/p/x?y=z", nil)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(s.access.String()), &got); err != nil {
		t.Fatalf("%v: %s", err, s.access)
	}
	want := map[string]any{
		"time": "2026-03-01T09:30:00.042Z", "level": "INFO", "msg": "request", "id": res.Header.Get("X-Request-Id"),
		"method": "GET",
		"route":  "/p/:name", "status": 200.0, "bytes": 5.0, "ms": 0.0, "client": "127.0.0.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantDocumented(t, slices.Sorted(maps.Keys(want)))
}

// wantDocumented compares the keys of a line with those that the documentation names.
func wantDocumented(t *testing.T, keys []string) {
	t.Helper()
	page, err := os.ReadFile("../../web/docs/reference/log.md")
	if err != nil {
		t.Fatal(err)
	}
	_, requests, _ := strings.Cut(string(page), "\n## Requests\n")
	requests, _, _ = strings.Cut(requests, "\n## ")
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(requests, -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(append(keys, "aborted"))); !slices.Equal(got, want) {
		t.Errorf("the documentation has the keys %v, want %v", got, want)
	}
}

func TestAccessLog_asText(t *testing.T) {
	s := start(t, server.Config{AccessLogFormat: "text"}, text("/p/:name", "hello"))
	do(t, "HEAD", s.url+"/p/x", nil)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^time=\S+Z level=INFO msg=request id=\S+ method=HEAD route="/p/:name" status=200 ` +
		`bytes=0 ms=\d+\.\d{3} client=127\.0\.0\.1\n$`)
	if !line.MatchString(s.access.String()) {
		t.Error(s.access)
	}
}

func TestAccessLog_holdsNothingThatTheClientWrote(t *testing.T) {
	const secret = "s3cr3t-token-value"
	for _, format := range []string{"json", "text"} {
		s := start(t, server.Config{AccessLogFormat: format}, text("/p/:name", "hello"), text("/api/x/", "x"))
		for _, path := range []string{"/p/" + secret, "/" + secret, "/api/" + secret, "/api/x/?token=" + secret,
			"/p/%0a" + secret} {
			do(t, "GET", s.url+path, strings.NewReader(secret), "X-N8N-Token", secret, "Cookie", "session="+secret,
				"User-Agent", secret,
				"Authorization", "Bearer "+secret, "X-Forwarded-For", secret, "X-Request-Id", secret, "Referer",
				"http://x/"+secret)
		}
		do(t, "GET", s.url+"/api/x/", nil, "Host", secret+".example.org")
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		if got := s.access.String(); strings.Count(got, "\n") != 6 || strings.Contains(got, "s3cr3t") {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func TestAccessLog_cannotBeForgedThroughTheMethod(t *testing.T) {
	for method, want := range map[string]string{
		"PROPFIND": "PROPFIND", "foo": "OTHER", "golden-token-0123": "OTHER", "X\n{}": "OTHER", `A","x":"`: "OTHER",
		"A B": "OTHER", "": "GET", "!#$%": "OTHER",
		strings.Repeat("A", 21): "OTHER",
	} {
		var b lockedBuffer
		s := server.New(server.Config{AccessLog: &b, Addr: "127.0.0.1:0"})
		req := httptest.NewRequest("GET", "/", nil)
		if method != "" {
			req.Method = method
		}
		s.Handler().ServeHTTP(httptest.NewRecorder(), req)
		if err := s.Run(stopped(t)); err != nil {
			t.Fatal(err)
		}
		var line struct{ Method string }
		if err := json.Unmarshal([]byte(b.String()), &line); err != nil || line.Method != want {
			t.Errorf("%q: got %q (%v), want %q", method, line.Method, err, want)
		}
	}
}

func TestAccessLog_leavesOutTheProbesThatSucceed(t *testing.T) {
	var broken atomic.Bool
	s := start(t, server.Config{Ready: func(context.Context) error {
		if broken.Load() {
			return errors.New("no")
		}
		return nil
	}})
	do(t, "GET", s.url+"/healthz", nil)
	do(t, "HEAD", s.url+"/readyz", nil)
	broken.Store(true)
	do(t, "GET", s.url+"/readyz", nil)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if got := s.access.String(); strings.Count(got, "\n") != 1 ||
		!strings.Contains(got, `"route":"/readyz","status":503`) {
		t.Error(got)
	}
}

func TestAccessLog_isWrittenWhileServing(t *testing.T) {
	r, w := io.Pipe()
	s := server.New(server.Config{AccessLog: w, Addr: "127.0.0.1:0"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if line, err := bufio.NewReader(r).ReadString('\n'); err != nil ||
		!strings.Contains(line, `"route":"unmatched","status":404`) {
		t.Errorf("got %q, %v", line, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// gate is a writer that lets nothing through until it is opened.
type gate struct {
	open   chan struct{}
	blocks chan struct{}
	bytes.Buffer
}

func (g *gate) Write(p []byte) (int, error) {
	select {
	case g.blocks <- struct{}{}:
	default:
	}
	<-g.open
	return g.Buffer.Write(p)
}

func TestAccessLog_dropsAndCountsLinesWhenTheWriterHangs(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		g := &gate{open: make(chan struct{}), blocks: make(chan struct{}, 1)}
		s := server.New(server.Config{AccessLog: g, AccessLogFormat: format, Addr: "127.0.0.1:0",
			Mounts: []func(*echo.Echo){text("/", "home")}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		const n = 30_000 // more than a megabyte
		req := httptest.NewRequest("GET", "/", nil)
		for range n {
			s.Handler().ServeHTTP(httptest.NewRecorder(), req)
		}
		<-g.blocks
		dropped := s.Stats().LogLinesDropped
		if dropped == 0 || dropped >= n {
			t.Fatalf("%d lines dropped of %d", dropped, n)
		}
		close(g.open)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		out := g.String()
		if got := strings.Count(out, "\n"); got != n-int(dropped)+1 {
			t.Errorf("%d lines written, %d dropped of %d", got, dropped, n)
		}
		want := map[string]string{"json": `"msg":"access log lines dropped","lines":%d}`,
			"text": `msg="access log lines dropped" lines=%d`}[format]
		if !strings.Contains(out, fmt.Sprintf(want+"\n", dropped)) {
			t.Errorf("%s: no line reports the %d dropped ones", format, dropped)
		}
	}
}

// brokenWriter fails.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAccessLog_countsTheLinesThatCouldNotBeWritten(t *testing.T) {
	s := server.New(server.Config{AccessLog: brokenWriter{}, Addr: "127.0.0.1:0"})
	for range 3 {
		s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	if err := s.Run(stopped(t)); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().LogLinesDropped; got != 3 {
		t.Errorf("%d lines counted as dropped, want 3", got)
	}
}
