package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// testToken is an API token that the rules accept; it guards nothing.
const testToken = "0f5b9c1e7a2d48639b7c5e1f2a6d8c40"

// environment replaces the process's environment.
type environment map[string]string

func (e environment) getenv(name string) string { return e[name] }

// testEnvironment serves a directory of its own on a free port of this machine, with more as name,
// value, name, value.
func testEnvironment(t *testing.T, more ...string) environment {
	e := environment{"HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": filepath.Join(t.TempDir(), "data"),
		"N8N_API_TOKEN": testToken}
	for i := 0; i < len(more); i += 2 {
		e[more[i]] = more[i+1]
	}
	return e
}

// output collects what a program prints, and lets a test wait for it.
type output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	written chan struct{} // capacity 1: something new has come
}

func newOutput() *output { return &output{written: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.written <- struct{}{}:
	default:
	}
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// service is a running namets, inside the test or as a process of its own.
type service struct {
	url            string
	stdout, stderr *output
	stop           func()        // what Ctrl-C and SIGTERM do
	done           chan struct{} // closed when it has ended
	err            error         // what it ended with; to be read after done
}

// start runs a command inside the test until the test's end, when it wants to see no goroutine
// left.
func start(t *testing.T, env environment, args ...string) *service {
	t.Helper()
	others := goleak.IgnoreCurrent() // a receiver of the test may outlive the service
	t.Cleanup(func() { goleak.VerifyNone(t, others) })
	ctx, cancel := context.WithCancel(t.Context())
	s := &service{stdout: newOutput(), stderr: newOutput(), stop: cancel, done: make(chan struct{})}
	env = maps.Clone(env) // as a process has an environment of its own
	go func() {
		defer close(s.done)
		s.err = Run(ctx, args, env.getenv, s.stdout, s.stderr)
	}()
	t.Cleanup(func() { s.end(t) })
	return s
}

// startServe is start for a serve; it returns when the port is open.
func startServe(t *testing.T, env environment) *service {
	t.Helper()
	s := start(t, env, "serve")
	s.waitForAddress(t)
	return s
}

// startBinary runs a binary's serve as a process of its own; it returns when the port is open.
func startBinary(t *testing.T, binary string, env environment) (*service, *exec.Cmd) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "serve")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	s := &service{stdout: newOutput(), stderr: newOutput(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.stdout, s.stderr
	s.stop = func() { _ = cmd.Process.Kill() }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		s.err = cmd.Wait()
	}()
	t.Cleanup(func() { s.stop(); <-s.done })
	s.waitForAddress(t)
	return s, cmd
}

// shipped is the program as it ships: without the race detector, whatever the tests run with. It
// is built by the first test that asks, and removed by TestMain.
var shipped struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(shipped.dir)
	os.Exit(code)
}

// buildBinary returns the path of the program as it ships.
func buildBinary(t *testing.T) string {
	t.Helper()
	shipped.once.Do(func() {
		if shipped.dir, shipped.err = os.MkdirTemp("", "namets-test-"); shipped.err != nil {
			return
		}
		if err := os.Chmod(shipped.dir, 0o755); err != nil { // some tests run it as another user
			shipped.err = err
			return
		}
		out, err := exec.Command("go", "build", "-race=false", "-o", shipped.dir+"/namets",
			"namets/cmd/namets").CombinedOutput() //nolint:noctx // for all tests
		if err != nil {
			shipped.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if shipped.err != nil {
		t.Fatal(shipped.err)
	}
	return filepath.Join(shipped.dir, "namets")
}

func (s *service) waitForAddress(t *testing.T) {
	t.Helper()
	s.url = "http://" + s.wait(t, s.stderr, `namets serves.*?address"?[:=]"?([0-9.]+:[0-9]+)`)[1]
}

// wait returns the first match of pattern in what o has collected, as soon as there is one.
func (s *service) wait(t *testing.T, o *output, pattern string) []string {
	t.Helper()
	re, deadline := regexp.MustCompile(pattern), time.After(20*time.Second)
	for {
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m
		}
		select {
		case <-o.written:
		case <-s.done:
			if re.MatchString(o.String()) {
				continue
			}
			t.Fatalf("it ended with %v before it printed %s; it printed\n%s%s", s.err, pattern, s.stdout, s.stderr)
		case <-deadline:
			t.Fatalf("it has not printed %s; it printed\n%s%s", pattern, s.stdout, s.stderr)
		}
	}
}

// end stops it and returns how long that took and what it ended with.
func (s *service) end(t *testing.T) (took time.Duration, err error) {
	t.Helper()
	began := time.Now()
	s.stop()
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	return time.Since(began), s.err
}

// answer is what came back for a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks for a path with the test's token.
func (s *service) get(t *testing.T, path string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, "X-N8N-Token", testToken)
}

// do makes one request on a connection of its own, with headers as name, value, name, value. It
// follows no redirect.
func (s *service) do(t *testing.T, method, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// eventually wants condition to hold before long. What condition does, such as a request, is the
// pause between two looks.
func eventually(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// call runs a command that ends by itself, and returns its exit code and what it printed.
func call(t *testing.T, env environment, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk strings.Builder
	err := Run(t.Context(), args, env.getenv, &out, &talk)
	code = Report(err, &talk)
	return code, out.String(), talk.String()
}
