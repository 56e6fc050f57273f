package serve_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/cli"
	"namets/internal/e2e/harness"
	"namets/internal/token"
)

// sixPaths are the paths that n8n requests (contract section 1).
func sixPaths() []string {
	return []string{
		"/api/subscribers/", "/api/announcements/new/", "/api/events/upcoming/", "/api/prayer/today/",
		"/api/communications/subscribers/", "/api/communications/announcements/new/",
	}
}

func TestServe_servesTheSixPathsWithTheToken(t *testing.T) {
	env := harness.NewEnvironment(t, "TIME_ZONE", "Africa/Lagos")
	lagos, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		t.Fatal(err)
	}
	harness.Import(t, env, harness.MovedFixture(t, time.Now(), lagos))
	s := harness.StartServe(t, env)
	for _, path := range sixPaths() {
		if a := s.Get(t, path); a.Status != http.StatusOK || len(a.Body) < 50 ||
			a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %+v", path, a)
		}
		for _, headers := range [][]string{nil, {"X-N8N-Token", ""}, {"X-N8N-Token", harness.APIToken + "x"},
			{"Authorization", "Bearer " + harness.APIToken}} {
			a := s.Do(t, http.MethodGet, path, headers...)
			if a.Status != http.StatusForbidden || a.Body != `{"detail":"Invalid or missing token"}` {
				t.Errorf("%s with %v: %d %s", path, headers, a.Status, a.Body)
			}
		}
	}
	for _, path := range []string{"/", "/healthz", "/readyz"} {
		if a := s.Do(t, http.MethodGet, path); a.Status != http.StatusOK {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	took, err := s.End(t)
	if err != nil || took > 4*time.Second {
		t.Errorf("it ended after %v with %v", took, err)
	}
	if s.Stdout.String() != "" {
		t.Errorf("stdout: %q", s.Stdout)
	}
}

func TestServe_refusesToStartWithoutAToken(t *testing.T) {
	env := harness.NewEnvironment(t, "PORT", harness.TakenPort(t))
	delete(env, "N8N_API_TOKEN")
	code, _, stderr := harness.Call(t, env)
	if code != 2 {
		t.Errorf("code %d, want 2", code)
	}
	wantThreeWays(t, stderr)
}

// wantThreeWays checks that a text says how to make a token and lists the three ways to provide it.
func wantThreeWays(t *testing.T, text string) {
	t.Helper()
	for _, way := range []string{"N8N_API_TOKEN ", "N8N_API_TOKEN_FILE", "VAULT_ADDR", "namets token generate"} {
		if !strings.Contains(text, way) {
			t.Errorf("%s is missing in\n%s", way, text)
		}
	}
}

func TestServe_rejectsAnInvalidToken(t *testing.T) {
	empty := harness.WriteFile(t, " \n")
	for _, tt := range []struct{ name, value, because string }{
		{"N8N_API_TOKEN", "short-1f9a", "fewer than 16 characters"},
		{"N8N_API_TOKEN", " \t", "blank"},
		{"N8N_API_TOKEN", "changeme", "placeholder"},
		{"N8N_API_TOKEN", "your_api_token_here", "placeholder"},
		{"N8N_API_TOKEN", "two words 8e3f1c7a", "blank or a character"},
		{"N8N_API_TOKEN_FILE", empty, "blank"},
	} {
		env := harness.NewEnvironment(t, "PORT", harness.TakenPort(t))
		delete(env, "N8N_API_TOKEN")
		env[tt.name] = tt.value
		code, _, stderr := harness.Call(t, env)
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

func TestServe_reportsAnInvalidTokenTogetherWithOtherProblems(t *testing.T) {
	env := harness.NewEnvironment(t, "PORT", "http", "N8N_API_TOKEN", "changeme")
	code, _, stderr := harness.Call(t, env)
	if code != 2 || !strings.Contains(stderr, "PORT: ") ||
		!strings.Contains(stderr, "N8N_API_TOKEN: token refused: it is a placeholder") {
		t.Errorf("code %d, stderr %s", code, stderr)
	}
}

func TestServe_failsIfItsPortIsTaken(t *testing.T) {
	code, _, stderr := harness.Call(t, harness.NewEnvironment(t, "PORT", harness.TakenPort(t)))
	if code != 1 || !strings.Contains(stderr, "namets: PORT: ") ||
		!strings.Contains(stderr, "address already in use: stop the other program, or set another PORT") {
		t.Errorf("code %d, stderr %s", code, stderr)
	}
}

func TestServe_succeedsIfItIsStoppedDuringItsStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var talk strings.Builder
	if err := cli.Run(ctx, []string{"serve"}, harness.NewEnvironment(t).Getenv, &talk, &talk); err != nil {
		t.Errorf("it ended with %v and printed %s", err, talk.String())
	}
}

func TestServe_stopsProperlyOnASecondSignal(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), harness.NewEnvironment(t, "METRICS_ADDR", metrics))
	address := strings.TrimPrefix(s.URL, "http://")
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
	say("POST /api/ HTTP/1.1\r\nHost: namets\r\nContent-Length: 5\r\n\r\nhal") // an open request delays the stop
	inside := harness.Service{URL: "http://" + metrics}
	harness.Eventually(t, 10*time.Second, "the POST is in progress", func() bool {
		return strings.Contains(inside.Do(t, http.MethodGet, "/metrics").Body,
			`{method="POST",route="/api/*",status="404"} 1`)
	})
	terminate()
	harness.Eventually(t, 10*time.Second, "it stops", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	terminate() // as timeout(1) does
	say("lo")
	answer, err := io.ReadAll(conn)
	<-s.Done
	if s.Err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 404 ") {
		t.Errorf("it ended with %v and responded with %q, %v", s.Err, answer, err)
	}
}

func TestServe_readsANewTokenFromItsFileOnSIGHUP(t *testing.T) {
	survive := make(chan os.Signal, 1)
	signal.Notify(survive, syscall.SIGHUP) // a signal before serve handles it would end the test
	defer signal.Stop(survive)
	path := filepath.Join(t.TempDir(), "token")
	env := harness.NewEnvironment(t, "N8N_API_TOKEN_FILE", path)
	delete(env, "N8N_API_TOKEN")
	s := harness.StartServe(t, env)

	if a := s.Get(t, "/api/subscribers/"); a.Status != http.StatusServiceUnavailable ||
		a.Header.Get("Retry-After") != "5" {
		t.Errorf("before the file exists: %+v", a)
	}
	for _, secret := range []string{harness.APIToken, token.Generate().Reveal()} {
		harness.SwapFile(t, path, secret)
		harness.Eventually(t, 5*time.Second, "the token of the file is accepted", func() bool {
			if err := harness.HangUpSelf(); err != nil {
				t.Fatal(err)
			}
			return s.Do(t, http.MethodGet, "/api/subscribers/", "X-N8N-Token", secret).Status == http.StatusOK
		})
	}
	if a := s.Get(t, "/api/subscribers/"); a.Status != http.StatusForbidden {
		t.Errorf("the previous token: %d, want 403", a.Status)
	}
}

func TestBinary_handlesSignals(t *testing.T) {
	binary := harness.BuildBinary(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		s, cmd := harness.StartBinary(t, binary, harness.NewEnvironment(t))
		if a := s.Get(t, "/api/subscribers/"); a.Status != http.StatusOK || a.Body != "[]" {
			t.Errorf("%v: %+v", sig, a)
		}
		s.Stop = func() { _ = cmd.Process.Signal(sig) }
		took, err := s.End(t)
		if err != nil || took > 4*time.Second {
			t.Errorf("%v: it ended after %v with %v\n%s", sig, took, err, s.Stderr)
		}
		if !strings.Contains(s.Stderr.String(), `"route":"/api/subscribers/","status":200`) {
			t.Errorf("%v: the access log was not written at the end:\n%s", sig, s.Stderr)
		}
	}
}

func TestServe_findsTheClientAddressBehindRender(t *testing.T) {
	s := harness.StartServe(t, harness.NewEnvironment(t, "RENDER", "true", "ALLOW_EPHEMERAL_DATA", "true",
		"TRUSTED_PROXIES",
		"127.0.0.1, 10.0.0.0/8"))
	s.Do(t, http.MethodGet, "/", "X-Forwarded-For", "1.1.1.1,203.0.113.7, 172.70.247.28, 10.19.6.53",
		"CF-Connecting-IP", "203.0.113.7")
	s.Do(t, http.MethodGet, "/", "X-Forwarded-For", "1.1.1.1, 203.0.113.8")
	if _, err := s.End(t); err != nil {
		t.Error(err)
	}
	for _, client := range []string{"203.0.113.7", "203.0.113.8"} {
		if !strings.Contains(s.Stderr.String(), `"client":"`+client+`"`) {
			t.Errorf("%s is not in the log:\n%s", client, s.Stderr)
		}
	}
}
