package cli

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"namets/internal/secret"
)

func TestMetrics_tellHowTheTokenIsDoing(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	env, file := fileEnvironment(t, testToken, "METRICS_ADDR", address, "TOKEN_OVERLAP", "10m")
	s, cmd := startBinary(t, buildBinary(t), env)
	s.get(t, "/api/subscribers/")
	next, _ := mustRotate(t, env)
	s.statusWith(t, next)
	s.get(t, "/api/subscribers/")
	s.do(t, http.MethodGet, "/api/subscribers/")
	s.statusWith(t, testToken+"x")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Signal(syscall.SIGHUP)
	s.wait(t, s.stderr, "the last good token stays in force")

	s.url = "http://" + address
	body := s.do(t, http.MethodGet, "/metrics").body
	old, current := secret.New(testToken).Fingerprint(), secret.New(next).Fingerprint()
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
			t.Errorf("no line %s", line)
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
