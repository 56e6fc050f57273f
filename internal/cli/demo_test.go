package cli

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/secret"
	"namets/internal/webhook"
)

func TestDemo_printsCommandsThatWorkAndLeavesNothing(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	// What belongs to the real service does not matter to a demo.
	s := start(t, environment{"N8N_API_TOKEN": "changeme", "TOKEN_SOURCE": "vault", "DATA_DIR": "/nowhere",
		"SITE_NAME": "MSSN"}, "demo")
	s.wait(t, s.stdout, `(?s)(\n  curl [^\n]+){3}\n`)
	if !strings.HasPrefix(s.stdout.String(), "MSSN is up at http://localhost:") {
		t.Errorf("stdout: %s", s.stdout)
	}

	curls := regexp.MustCompile(`(?m)^  curl -H '([^:]+): ([^']+)' `+
		`http://localhost:(\d+)(\S+)$`).FindAllStringSubmatch(s.stdout.String(), -1)
	for _, c := range curls {
		s.url = "http://127.0.0.1:" + c[3]
		a := s.do(t, http.MethodGet, c[4], c[1], c[2])
		if a.status != http.StatusOK || len(a.body) < 50 {
			t.Errorf("%s: %d %s", c[4], a.status, a.body)
		}
		if strings.Contains(s.stderr.String(), c[2]) {
			t.Error("the token is in the log")
		}
	}
	if len(curls) != 3 {
		t.Errorf("%d curl commands in\n%s", len(curls), s.stdout)
	}

	if _, err := s.end(t); err != nil {
		t.Error(err)
	}
	wantEmpty(t, scratch)
}

func TestDemo_sendsWebhooksWhereTheEnvironmentSays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from a file for a test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]environment{
		"a key for a test":       {"WEBHOOK_SECRET": "a key for a test"},
		"from a file for a test": {"WEBHOOK_SECRET_FILE": file},
	} {
		url, got, _ := receiver(t)
		more["N8N_WEBHOOK_URL"] = url
		s := start(t, more, "demo")
		s.waitForAddress(t)
		password := s.wait(t, s.stdout, `the password (\S+)`)[1]
		m := newUser(t, s)
		m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", password)
		m.post("/admin/deliveries/test")
		ping := next(t, got)
		if want := webhook.HeaderToken(secret.New(name)).Reveal(); ping.header.Get(
			"X-Namets-Webhook-Token") != want || !strings.Contains(ping.body, `"ping"`) {
			t.Errorf("with the secret %q it sent %v %s", name, ping.header, ping.body)
		}
		if _, err := s.end(t); err != nil {
			t.Error(err)
		}
	}
}

func TestDemo_leavesNothingWhenItIsStoppedWhileItStarts(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stdout, stderr := newOutput(), newOutput()
	if err := Run(ctx, []string{"demo"}, environment{}.getenv, stdout, stderr); err != nil || stdout.String() != "" {
		t.Errorf("it ended with %v and printed %s", err, stdout)
	}
	wantEmpty(t, scratch)
}

func TestDemo_endsWithItsTerminal(t *testing.T) {
	survive := make(chan os.Signal, 1)
	signal.Notify(survive, syscall.SIGHUP) // a demo that does not listen for it would end the test
	defer signal.Stop(survive)
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	s := start(t, environment{}, "demo")
	s.wait(t, s.stdout, `Ctrl-C ends it`)
	if err := hangUpSelf(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on without its terminal")
	}
	if s.err != nil {
		t.Error(s.err)
	}
	wantEmpty(t, scratch)
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
