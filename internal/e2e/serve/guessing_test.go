package serve_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// guess tries a password from an address, as a client behind a trusted proxy.
func guess(s *harness.Service, client *http.Client, name, password, address string) (status int, err error) {
	form := url.Values{"name": {name}, "password": {password}}.Encode()
	req, err := http.NewRequest(http.MethodPost, s.URL+"/admin/login",
		strings.NewReader(form)) //nolint:noctx // the client has a deadline
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", address)
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// TestGuessing_isBoundedAndReported attacks with 100 clients at once from one /32, then checks how
// many passwords were verified and what was reported, while an owner signs in with a known browser.
func TestGuessing_isBoundedAndReported(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "TRUSTED_PROXIES", "127.0.0.0/8",
		"METRICS_ADDR", metrics)
	s := harness.StartServe(t, env)
	owner := harness.NewUser(t, s)
	owner.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)

	const typed = "typed-into-the-wrong-field"
	var checked, refused, other atomic.Int64
	began, length := time.Now(), time.Duration(testlong.Size(4, 12))*time.Second
	var attack sync.WaitGroup
	for i := range 100 {
		attack.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
			defer client.CloseIdleConnections()
			for j := 0; time.Since(began) < length; j++ {
				name := []string{"admin", typed, fmt.Sprint("name ", i, j)}[j%3]
				switch status, err := guess(s, client, name, "a wrong password",
					fmt.Sprintf("2001:db8:%x:%x::1", i, j)); {
				case err != nil:
					t.Error(err)
					return
				case status == http.StatusForbidden:
					checked.Add(1)
				case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
					refused.Add(1)
				default:
					other.Add(1)
				}
			}
		})
	}
	owner.Want("/admin/logout", "/admin/login", http.StatusOK)
	owner.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	attack.Wait()
	if n := checked.Load(); n > 60 || n < 5 || other.Load() > 0 || refused.Load() < 100 {
		t.Errorf("%d checked, %d refused, %d other responses", n, refused.Load(), other.Load())
	}

	overview := owner.Page("/admin/")
	if !strings.Contains(overview, "Sign-ins are being limited") {
		t.Errorf("the overview lacks the warning:\n%s", overview)
	}
	harness.Eventually(t, 5*time.Second, "the activity shows the name that was tried", func() bool {
		text := owner.Page("/admin/activity")
		return strings.Contains(text, "Failed to sign in") &&
			strings.Contains(text, "Sign-in refused after too many failures") &&
			strings.Contains(text, "A name that no user has") && strings.Contains(text, "2001:db8::/32") &&
			!strings.Contains(text, typed)
	})
	numbers := (&harness.Service{URL: "http://" + metrics}).Do(t, http.MethodGet, "/metrics").Body
	for _, want := range []string{
		fmt.Sprintf("namets_sign_ins_total{result=\"failed\"} %d\n", checked.Load()),
		"namets_sign_ins_total{result=\"succeeded\"} 2\n",
		"namets_admin_refused_total{reason=\"cross_site\"} 0\n",
	} {
		if !strings.Contains(numbers, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	log := s.Stderr.String()
	if !strings.Contains(log, "refused at the admin") || !strings.Contains(log, "sign_in_failed") {
		t.Errorf("the log:\n%s", log)
	}
	harness.WantAbsent(t, "the log and the metrics", log+numbers, []string{typed, "a wrong password"})
	harness.WantAbsent(t, "what it stored", harness.Stored(t, env["DATA_DIR"]), []string{typed, "a wrong password"})
}
