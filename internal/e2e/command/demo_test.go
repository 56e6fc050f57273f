package command_test

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

	"namets/internal/cli"
	"namets/internal/e2e/harness"
	"namets/internal/secret"
	"namets/internal/webhook"
)

func TestDemo_printsWorkingCommandsAndLeavesNoFiles(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	// The settings of the real service do not matter to a demo.
	s := harness.Start(t, harness.Environment{"N8N_API_TOKEN": "changeme", "TOKEN_SOURCE": "vault",
		"DATA_DIR":  "/nowhere",
		"SITE_NAME": "MSSN"}, "demo")
	s.Wait(t, s.Stdout, `(?s)(\n  curl [^\n]+){3}\n`)
	if !strings.HasPrefix(s.Stdout.String(), "MSSN is up at http://localhost:") {
		t.Errorf("stdout: %s", s.Stdout)
	}

	curls := regexp.MustCompile(`(?m)^  curl -H '([^:]+): ([^']+)' `+
		`http://localhost:(\d+)(\S+)$`).FindAllStringSubmatch(s.Stdout.String(), -1)
	for _, c := range curls {
		s.URL = "http://127.0.0.1:" + c[3]
		a := s.Do(t, http.MethodGet, c[4], c[1], c[2])
		if a.Status != http.StatusOK || len(a.Body) < 50 {
			t.Errorf("%s: %d %s", c[4], a.Status, a.Body)
		}
		if strings.Contains(s.Stderr.String(), c[2]) {
			t.Error("the token is in the log")
		}
	}
	if len(curls) != 3 {
		t.Errorf("%d curl commands in\n%s", len(curls), s.Stdout)
	}

	if _, err := s.End(t); err != nil {
		t.Error(err)
	}
	wantEmpty(t, scratch)
}

func TestDemo_sendsWebhooksToTheURLInTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from a file for a test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]harness.Environment{
		"a key for a test":       {"WEBHOOK_SECRET": "a key for a test"},
		"from a file for a test": {"WEBHOOK_SECRET_FILE": file},
	} {
		url, got, _ := harness.Receiver(t)
		more["N8N_WEBHOOK_URL"] = url
		s := harness.Start(t, more, "demo")
		s.WaitForAddress(t)
		password := s.Wait(t, s.Stdout, `the password (\S+)`)[1]
		m := harness.NewUser(t, s)
		m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", password)
		m.Submit("/admin/deliveries/test")
		ping := harness.Next(t, got)
		if want := webhook.HeaderToken(secret.New(name)).Reveal(); ping.Header.Get(
			"X-Namets-Webhook-Token") != want || !strings.Contains(ping.Body, `"ping"`) {
			t.Errorf("with the secret %q it sent %v %s", name, ping.Header, ping.Body)
		}
		if _, err := s.End(t); err != nil {
			t.Error(err)
		}
	}
}

func TestDemo_leavesNoFilesIfItIsStoppedDuringItsStart(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stdout, stderr := harness.NewOutput(), harness.NewOutput()
	if err := cli.Run(ctx, []string{"demo"}, harness.Environment{}.Getenv, stdout, stderr); err != nil ||
		stdout.String() != "" {
		t.Errorf("it ended with %v and printed %s", err, stdout)
	}
	wantEmpty(t, scratch)
}

func TestDemo_endsWithItsTerminal(t *testing.T) {
	survive := make(chan os.Signal, 1)
	signal.Notify(survive, syscall.SIGHUP) // otherwise the signal could end the test
	defer signal.Stop(survive)
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	s := harness.Start(t, harness.Environment{}, "demo")
	s.Wait(t, s.Stdout, `Ctrl-C ends it`)
	if err := harness.HangUpSelf(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done:
	case <-time.After(20 * time.Second):
		t.Fatal("it still runs without its terminal")
	}
	if s.Err != nil {
		t.Error(s.Err)
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
