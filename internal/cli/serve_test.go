package cli

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/token"
)

// sixPaths are what n8n asks for (contract section 1).
func sixPaths() []string {
	return []string{
		"/api/subscribers/", "/api/announcements/new/", "/api/events/upcoming/", "/api/prayer/today/",
		"/api/communications/subscribers/", "/api/communications/announcements/new/",
	}
}

func TestServe_answersTheSixPathsToWhoeverHasTheToken(t *testing.T) {
	env := testEnvironment(t, "TIME_ZONE", "Africa/Lagos")
	lagos, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, env, "import", movedFixture(t, time.Now(), lagos)); code != 0 {
		t.Fatal(stderr)
	}
	s := startServe(t, env)
	for _, path := range sixPaths() {
		if a := s.get(t, path); a.status != http.StatusOK || len(a.body) < 50 ||
			a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %+v", path, a)
		}
		for _, headers := range [][]string{nil, {"X-N8N-Token", ""}, {"X-N8N-Token", testToken + "x"},
			{"Authorization", "Bearer " + testToken}} {
			a := s.do(t, http.MethodGet, path, headers...)
			if a.status != http.StatusForbidden || a.body != `{"detail":"Invalid or missing token"}` {
				t.Errorf("%s with %v: %d %s", path, headers, a.status, a.body)
			}
		}
	}
	for _, path := range []string{"/", "/healthz", "/readyz"} {
		if a := s.do(t, http.MethodGet, path); a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	took, err := s.end(t)
	if err != nil || took > 4*time.Second {
		t.Errorf("it ended after %v with %v", took, err)
	}
	if s.stdout.String() != "" {
		t.Errorf("stdout: %q", s.stdout)
	}
}

func TestServe_refusesToStartWithoutAToken(t *testing.T) {
	env := testEnvironment(t, "PORT", takenPort(t))
	delete(env, "N8N_API_TOKEN")
	code, _, stderr := call(t, env)
	if code != 2 {
		t.Errorf("code %d, want 2", code)
	}
	wantThreeWays(t, stderr)
}

// wantThreeWays checks that what somebody reads says how to make a token and the three ways to
// give it.
func wantThreeWays(t *testing.T, text string) {
	t.Helper()
	for _, way := range []string{"N8N_API_TOKEN ", "N8N_API_TOKEN_FILE", "VAULT_ADDR", "namets token generate"} {
		if !strings.Contains(text, way) {
			t.Errorf("it does not name %s:\n%s", way, text)
		}
	}
}

func TestServe_refusesATokenThatIsNone(t *testing.T) {
	empty := writeFile(t, " \n")
	for _, tt := range []struct{ name, value, because string }{
		{"N8N_API_TOKEN", "short-1f9a", "fewer than 16 characters"},
		{"N8N_API_TOKEN", " \t", "blank"},
		{"N8N_API_TOKEN", "changeme", "placeholder"},
		{"N8N_API_TOKEN", "your_api_token_here", "placeholder"},
		{"N8N_API_TOKEN", "two words 8e3f1c7a", "blank or a character"},
		{"N8N_API_TOKEN_FILE", empty, "blank"},
	} {
		env := testEnvironment(t, "PORT", takenPort(t))
		delete(env, "N8N_API_TOKEN")
		env[tt.name] = tt.value
		code, _, stderr := call(t, env)
		if code != 2 || !strings.Contains(stderr, tt.because) || strings.Contains(stderr, "503") {
			t.Errorf("%s=%q: code %d, stderr %s", tt.name, tt.value, code, stderr)
		}
		wantThreeWays(t, stderr)
		if value := strings.TrimSpace(tt.value); tt.name == "N8N_API_TOKEN" && value != "" &&
			strings.Contains(stderr, value) {
			t.Errorf("%q is in stderr: %s", tt.value, stderr)
		}
	}
}

func TestServe_tellsABadTokenTogetherWithTheRest(t *testing.T) {
	env := testEnvironment(t, "PORT", "http", "N8N_API_TOKEN", "changeme")
	code, _, stderr := call(t, env)
	if code != 2 || !strings.Contains(stderr, "PORT: ") ||
		!strings.Contains(stderr, "N8N_API_TOKEN: token refused: it is a placeholder") {
		t.Errorf("code %d, stderr %s", code, stderr)
	}
}

// takenPort returns a port on which something listens already: a second listener there fails
// in another way than over a token.
func takenPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func TestServe_failsWhenItsPortIsTaken(t *testing.T) {
	code, _, stderr := call(t, testEnvironment(t, "PORT", takenPort(t)))
	if code != 1 || !strings.Contains(stderr, "namets: PORT: ") ||
		!strings.Contains(stderr, "address already in use: stop the other program, or set another PORT") {
		t.Errorf("code %d, stderr %s", code, stderr)
	}
}

func TestServe_isNoFailureToBeStoppedWhileItStarts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var talk strings.Builder
	if err := Run(ctx, []string{"serve"}, testEnvironment(t).getenv, &talk, &talk); err != nil {
		t.Errorf("it ended with %v and printed %s", err, talk.String())
	}
}

func TestServe_stopsAsItShouldWhenItIsToldTwice(t *testing.T) {
	metrics := "127.0.0.1:" + freePort(t)
	s, cmd := startBinary(t, buildBinary(t), testEnvironment(t, "METRICS_ADDR", metrics))
	address := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	say := func(text string) {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	terminate := func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	say("POST /api/ HTTP/1.1\r\nHost: namets\r\nContent-Length: 5\r\n\r\nhal") // keeps it from ending at once
	inside := service{url: "http://" + metrics}
	eventually(t, 10*time.Second, "the POST is under way", func() bool {
		return strings.Contains(inside.do(t, http.MethodGet, "/metrics").body,
			`{method="POST",route="/api/*",status="404"} 1`)
	})
	terminate()
	eventually(t, 10*time.Second, "it stops", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	terminate() // as timeout(1) does
	say("lo")
	answer, err := io.ReadAll(conn)
	<-s.done
	if s.err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 404 ") {
		t.Errorf("it ended with %v and answered %q, %v", s.err, answer, err)
	}
}

func TestServe_takesANewTokenFromItsFileAtHangup(t *testing.T) {
	survive := make(chan os.Signal, 1)
	signal.Notify(survive, syscall.SIGHUP) // a signal that comes before serve listens for it would end the test
	defer signal.Stop(survive)
	path := filepath.Join(t.TempDir(), "token")
	env := testEnvironment(t, "N8N_API_TOKEN_FILE", path)
	delete(env, "N8N_API_TOKEN")
	s := startServe(t, env)

	if a := s.get(t, "/api/subscribers/"); a.status != http.StatusServiceUnavailable ||
		a.header.Get("Retry-After") != "5" {
		t.Errorf("before there is a file: %+v", a)
	}
	for _, secret := range []string{testToken, token.Generate().Reveal()} {
		swapFile(t, path, secret)
		eventually(t, 5*time.Second, "the token of the file is accepted", func() bool {
			if err := hangUpSelf(); err != nil {
				t.Fatal(err)
			}
			return s.do(t, http.MethodGet, "/api/subscribers/", "X-N8N-Token", secret).status == http.StatusOK
		})
	}
	if a := s.get(t, "/api/subscribers/"); a.status != http.StatusForbidden {
		t.Errorf("the token before: %d, want 403", a.status)
	}
}

// hangUpSelf sends SIGHUP to this process.
func hangUpSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(syscall.SIGHUP)
}

// swapFile puts a file into place the way the documentation advises: written to a new file, then
// renamed.
func swapFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestBinary_obeysSignals(t *testing.T) {
	binary := buildBinary(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		s, cmd := startBinary(t, binary, testEnvironment(t))
		if a := s.get(t, "/api/subscribers/"); a.status != http.StatusOK || a.body != "[]" {
			t.Errorf("%v: %+v", sig, a)
		}
		s.stop = func() { _ = cmd.Process.Signal(sig) }
		took, err := s.end(t)
		if err != nil || took > 4*time.Second {
			t.Errorf("%v: it ended after %v with %v\n%s", sig, took, err, s.stderr)
		}
		if !strings.Contains(s.stderr.String(), `"route":"/api/subscribers/","status":200`) {
			t.Errorf("%v: the access log was not written at the end:\n%s", sig, s.stderr)
		}
	}
}

func TestServe_learnsTheClientFromTheNetworkInFrontOfRender(t *testing.T) {
	s := startServe(t, testEnvironment(t, "RENDER", "true", "ALLOW_EPHEMERAL_DATA", "true", "TRUSTED_PROXIES",
		"127.0.0.1, 10.0.0.0/8"))
	s.do(t, http.MethodGet, "/", "X-Forwarded-For", "1.1.1.1,203.0.113.7, 172.70.247.28, 10.19.6.53",
		"CF-Connecting-IP", "203.0.113.7")
	s.do(t, http.MethodGet, "/", "X-Forwarded-For", "1.1.1.1, 203.0.113.8")
	if _, err := s.end(t); err != nil {
		t.Error(err)
	}
	for _, client := range []string{"203.0.113.7", "203.0.113.8"} {
		if !strings.Contains(s.stderr.String(), `"client":"`+client+`"`) {
			t.Errorf("%s is not in the log:\n%s", client, s.stderr)
		}
	}
}
