package token_test

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"namets/internal/e2e/harness"
	"namets/internal/secret"
)

func TestMetrics_showTheStateOfTheToken(t *testing.T) {
	address := "127.0.0.1:" + harness.FreePort(t)
	env, file := fileEnvironment(t, harness.APIToken, "METRICS_ADDR", address, "TOKEN_OVERLAP", "10m")
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	s.Get(t, "/api/subscribers/")
	next, _ := harness.MustRotate(t, env)
	s.StatusWith(t, next)
	s.Get(t, "/api/subscribers/")
	s.Do(t, http.MethodGet, "/api/subscribers/")
	s.StatusWith(t, harness.APIToken+"x")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Signal(syscall.SIGHUP)
	s.Wait(t, s.Stderr, "the last good token stays in force")

	s.URL = "http://" + address
	body := s.Do(t, http.MethodGet, "/metrics").Body
	old, current := secret.New(harness.APIToken).Fingerprint(), secret.New(next).Fingerprint()
	for _, line := range []string{
		`namets_token_source_up 0`,
		`namets_token_read_age_seconds `,
		`namets_token_age_seconds `,
		`namets_token_accepted{fingerprint="` + current + `",role="current"} 1`,
		`namets_token_accepted{fingerprint="` + old + `",role="previous"} 1`,
		`namets_token_requests_total{fingerprint="` + current + `"} 1`,
		`namets_token_requests_total{fingerprint="` + old + `"} 2`,
		`namets_token_late_requests_total{fingerprint="` + old + `"} 0`,
		`namets_token_refused_total{reason="none"} 1`,
		`namets_token_refused_total{reason="wrong"} 1`,
		`namets_token_reloads_total{result="ok"} 2`,
		`namets_token_reloads_total{result="unavailable"} 1`,
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("the line %s is missing", line)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(body) {
			if strings.Contains(line, "namets_token") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}
