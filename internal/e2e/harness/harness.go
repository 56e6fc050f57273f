// Package harness runs namets for the end-to-end tests, inside the test or as a process of its own,
// and contains what several test packages share. Only tests import it.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"namets/internal/cli"
	"namets/internal/store/sqlite/sqlitetest"
)

// APIToken is a valid API token that protects nothing.
const APIToken = "0f5b9c1e7a2d48639b7c5e1f2a6d8c40"

// Environment replaces the process's environment.
type Environment map[string]string

// Getenv is os.Getenv of a process with this environment.
func (e Environment) Getenv(name string) string { return e[name] }

// NewEnvironment returns an environment with its own directory and a free port of this machine, and
// with more as name, value, name, value.
func NewEnvironment(t *testing.T, more ...string) Environment {
	e := Environment{"HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": filepath.Join(t.TempDir(), "data"),
		"N8N_API_TOKEN": APIToken}
	for i := 0; i < len(more); i += 2 {
		e[more[i]] = more[i+1]
	}
	return e
}

// withDatabase makes DATA_DIR, with a database without rows in it, unless it already exists.
func (e Environment) withDatabase(t *testing.T) {
	t.Helper()
	err := os.Mkdir(e["DATA_DIR"], 0o700)
	switch {
	case err == nil:
		sqlitetest.Create(t, filepath.Join(e["DATA_DIR"], "namets.db"))
	case !errors.Is(err, fs.ErrExist):
		t.Fatal(err)
	}
}

// Output collects the output of a program, and lets a test wait for it.
type Output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	Written chan struct{} // capacity 1: there is new output
}

// NewOutput returns an empty output.
func NewOutput() *Output { return &Output{Written: make(chan struct{}, 1)} }

// Write appends p, and signals on Written.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.Written <- struct{}{}:
	default:
	}
	return o.buf.Write(p)
}

// String returns everything that was written so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Service is a running namets, inside the test or as a process of its own.
type Service struct {
	URL            string
	Stdout, Stderr *Output
	Stop           func()        // what Ctrl-C and SIGTERM do
	Done           chan struct{} // closed when it has ended
	Err            error         // its result; to be read after Done
}

// Start runs a command inside the test until the test's end, when no goroutine may be left.
func Start(t *testing.T, env Environment, args ...string) *Service {
	t.Helper()
	others := goleak.IgnoreCurrent() // a receiver of the test may outlive the service
	t.Cleanup(func() { goleak.VerifyNone(t, others) })
	ctx, cancel := context.WithCancel(t.Context())
	s := &Service{Stdout: NewOutput(), Stderr: NewOutput(), Stop: cancel, Done: make(chan struct{})}
	env = maps.Clone(env) // a process has its own environment
	go func() {
		defer close(s.Done)
		s.Err = cli.Run(ctx, args, env.Getenv, s.Stdout, s.Stderr)
	}()
	t.Cleanup(func() { _, _ = s.End(t) })
	return s
}

// StartServe is [Start] for serve; it returns when the port is open. If there is no DATA_DIR, it
// begins with a database without rows, which saves the migrations.
func StartServe(t *testing.T, env Environment) *Service {
	t.Helper()
	env.withDatabase(t)
	s := Start(t, env, "serve")
	s.WaitForAddress(t)
	return s
}

// StartBinary runs serve of the built program as its own process; it returns when the port is open.
// It begins as [StartServe] does.
func StartBinary(t *testing.T, binary string, env Environment) (*Service, *exec.Cmd) {
	t.Helper()
	env.withDatabase(t)
	cmd := exec.CommandContext(t.Context(), binary, "serve")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	s := &Service{Stdout: NewOutput(), Stderr: NewOutput(), Done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.Stdout, s.Stderr
	s.Stop = func() { _ = cmd.Process.Kill() }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.Done)
		s.Err = cmd.Wait()
	}()
	t.Cleanup(func() { s.Stop(); <-s.Done })
	s.WaitForAddress(t)
	return s, cmd
}

// Main runs the tests of a package that uses [BuildBinary], removes the program, and returns the
// exit code.
func Main(m *testing.M) int {
	defer func() { _ = os.RemoveAll(binaryDir()) }()
	return m.Run()
}

// BuildBinary returns the path of the program, built for release, so without the race detector. The
// first test that needs it builds it; the package's TestMain calls [Main].
func BuildBinary(t *testing.T) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(binaryDir(), "namets")
}

// build builds the program once per process.
var build = sync.OnceValue(func() error {
	err := os.MkdirAll(binaryDir(), 0o700)
	if err == nil {
		err = os.Chmod(binaryDir(), 0o755) // some tests run it as another user
	}
	if err != nil {
		return err
	}
	// Unlike go build, go run keeps the linked program in Go's build cache.
	out, err := exec.Command("go", "run", "-race=false", "-gcflags=modernc.org/...=", "-exec", "cp",
		"namets/cmd/namets", filepath.Join(binaryDir(), "namets")).CombinedOutput() //nolint:noctx // for all tests
	if err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
})

// binaryDir is this process's directory for the program, even if TMPDIR has changed since.
var binaryDir = sync.OnceValue(func() string {
	return filepath.Join(os.TempDir(), "namets-test-"+strconv.Itoa(os.Getpid()))
})

// WaitForAddress waits until the log shows the address of the service.
func (s *Service) WaitForAddress(t *testing.T) {
	t.Helper()
	s.URL = "http://" + s.Wait(t, s.Stderr, `namets serves.*?address"?[:=]"?([0-9.]+:[0-9]+)`)[1]
}

// Wait returns the first match of pattern in the output as soon as there is one.
func (s *Service) Wait(t *testing.T, o *Output, pattern string) []string {
	t.Helper()
	re, deadline := regexp.MustCompile(pattern), time.After(20*time.Second)
	for {
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m
		}
		select {
		case <-o.Written:
		case <-s.Done:
			if re.MatchString(o.String()) {
				continue
			}
			t.Fatalf("it ended with %v before it printed %s; output:\n%s%s", s.Err, pattern, s.Stdout, s.Stderr)
		case <-deadline:
			t.Fatalf("it has not printed %s; output:\n%s%s", pattern, s.Stdout, s.Stderr)
		}
	}
}

// End stops the service and returns how long that took and its error.
func (s *Service) End(t *testing.T) (took time.Duration, err error) {
	t.Helper()
	began := time.Now()
	s.Stop()
	select {
	case <-s.Done:
	case <-time.After(20 * time.Second):
		t.Fatal("it has not ended")
	}
	return time.Since(began), s.Err
}

// Answer is the response to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Get requests a path with the test's token.
func (s *Service) Get(t *testing.T, path string) Answer {
	t.Helper()
	return s.Do(t, http.MethodGet, path, "X-N8N-Token", APIToken)
}

// Do makes one request on its own connection, with headers as name, value, name, value. It follows
// no redirect.
func (s *Service) Do(t *testing.T, method, path string, headers ...string) Answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
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
	return Answer{resp.StatusCode, resp.Header, string(body)}
}

// Eventually waits until condition is true. The work of condition, such as a request, is the only
// pause between two calls.
func Eventually(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// Call runs a command until it ends, and returns its exit code and output.
func Call(t *testing.T, env Environment, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk strings.Builder
	err := cli.Run(t.Context(), args, env.Getenv, &out, &talk)
	code = cli.Report(err, &talk)
	return code, out.String(), talk.String()
}
