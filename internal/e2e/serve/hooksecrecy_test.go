package serve_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// call sends JSON to the open API and returns the body of the answer, which must have the status.
func call(t *testing.T, s *harness.Service, method, path, token, body string, want int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-N8N-Token", token)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	var answer strings.Builder
	if err := w.Write(&answer); err != nil {
		t.Fatal(err)
	}
	if w.StatusCode != want {
		t.Errorf("%s %s: %s", method, r.URL.Path, answer.String())
	}
	_, text, _ := strings.Cut(answer.String(), "\r\n\r\n")
	return text
}

// TestSecrets_ofHooksStayInside lets a workflow register a hook, get a webhook and report on it,
// and looks for the secret, the key of the report, the URL and the address in what was printed.
func TestSecrets_ofHooksStayInside(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	env := harness.NewEnvironment(t, "LOG_LEVEL", "debug", "LOG_FORMAT", "json", "METRICS_ADDR", metrics)
	s := harness.StartServe(t, env)
	target, got, status := harness.Receiver(t)
	status.Store(http.StatusBadGateway) // the failure is logged
	var hook struct{ Secret string }
	registered := call(t, s, http.MethodPut, "/api/v1/hooks/k", harness.APIToken,
		`{"url":"`+target+`?password=in-the-query","events":["subscriber.joined"],"ack":"report"}`, http.StatusCreated)
	if err := json.Unmarshal([]byte(registered), &hook); err != nil || !strings.HasPrefix(hook.Secret, "whsec_") {
		t.Fatalf("%s: %v", registered, err)
	}
	const email = "zainab.of.hooks@example.org"
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.CreateSubscriber(ctx, namets.Actor{Kind: namets.Command}, namets.NewSubscriber(email))
		return err
	})
	harness.Next(t, got)
	status.Store(http.StatusOK)
	var webhook struct {
		Data struct {
			ReportURL  string `json:"report_url"`
			Recipients []struct{ Email string }
		}
	}
	if next := harness.Next(t, got); json.Unmarshal([]byte(next.Body), &webhook) != nil ||
		len(webhook.Data.Recipients) != 1 || webhook.Data.Recipients[0].Email != email {
		t.Fatalf("the webhook: %s", next.Body)
	}
	report, err := url.Parse(webhook.Data.ReportURL)
	if err != nil {
		t.Fatal(err)
	}
	key := report.Query().Get("key")
	said := call(t, s, http.MethodPost, report.Path+"?key="+key+"x", "", `{"sent":["`+email+`"]}`, http.StatusForbidden)
	said += call(t, s, http.MethodGet, report.RequestURI(), "", "", http.StatusForbidden)
	said += call(t, s, http.MethodPost, report.RequestURI()+"&key="+key, "", `{}`, http.StatusUnprocessableEntity)
	said += call(t, s, http.MethodPost, report.RequestURI(), "", `{"sent":["`+email+`","x`+email+`"]}`,
		http.StatusUnprocessableEntity)
	reported := call(t, s, http.MethodPost, report.RequestURI(), "", `{"sent":["`+email+`"]}`, http.StatusOK)
	if !strings.Contains(reported, `"missing":0`) {
		t.Errorf("the report: %s", reported)
	}
	var deliveries string
	harness.Eventually(t, 10*time.Second, "the attempt that was reported on is recorded", func() bool {
		deliveries = call(t, s, http.MethodGet, "/api/v1/hooks/k/deliveries", harness.APIToken, "", http.StatusOK)
		return strings.Contains(deliveries, `"state":"delivered"`)
	})
	if !strings.Contains(deliveries, `"sent":1`) {
		t.Errorf("the deliveries: %s", deliveries)
	}
	said += deliveries + call(t, s, http.MethodPost, "/api/v1/hooks/k/test", harness.APIToken, "", http.StatusOK)
	printed := (&harness.Service{URL: "http://" + metrics}).Do(t, http.MethodGet, "/metrics").Body
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	printed += s.Stdout.String() + s.Stderr.String()
	secrets := []string{hook.Secret, key, email, "secret-path", "in-the-query"}
	harness.WantAbsent(t, "what it printed", printed, secrets)
	harness.WantAbsent(t, "what it answered", said, secrets)
	harness.WantAbsent(t, "what it stored", harness.Stored(t, env["DATA_DIR"]), []string{key})
	if !strings.Contains(printed, "/api/v1/deliveries/:webhook_id/report") {
		t.Error("the log has no line about the report")
	}
}
