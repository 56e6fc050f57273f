package serve_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

func TestServe_sendsWhatAnotherProcessPublishes(t *testing.T) {
	url, got, _ := harness.Receiver(t)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url, "WEBHOOK_SECRET", "a plain signing key", "SITE_NAME", "X")
	s := harness.StartServe(t, env)
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.CreateSubscriber(ctx, namets.Actor{}, namets.Subscriber{Email: "amina@example.org", IsActive: true,
			Token:  namets.NewUUID(),
			Notify: namets.Preferences{Announcements: true}, SubscribedAt: time.Now()})
		return err
	})
	joined := harness.Next(t, got)
	if want := `{"event":"subscriber_joined","data":{"recipients":["amina@example.org"],"email":"amina@example.org",` +
		`"preferences":{"announcements":true,"events":false,"prayer":false}}}`; joined.Body != want {
		t.Errorf("body = %s\nwant   %s", joined.Body, want)
	}
	for _, name := range []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "X-Namets-Signature",
		"X-Namets-Webhook-Token"} {
		if joined.Header.Get(name) == "" {
			t.Errorf("the header %s is missing", name)
		}
	}
	due := time.Now().Add(time.Second)
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.CreateAnnouncement(ctx, namets.Actor{}, harness.Announcement("soon", due))
		return err
	})
	published := harness.Next(t, got)
	if early := time.Until(due); early > 0 {
		t.Errorf("the announcement was sent %s too early", early)
	}
	if !strings.HasPrefix(published.Body,
		`{"event":"announcement_created","data":{"recipients":["amina@example.org"],"title":"T & <b>"`) {
		t.Errorf("body = %s", published.Body)
	}
	if _, err := s.End(t); err != nil {
		t.Error(err)
	}
	if log := s.Stderr.String(); strings.Contains(log, "secret-path") || strings.Contains(log, "amina") ||
		!strings.Contains(log, strings.Split(url, "/")[2]) {
		t.Errorf("the log shows the URL or an address, or not the host:\n%s", log)
	}
}

func TestDeliveries_listShowAndRetry(t *testing.T) {
	url, got, status := harness.Receiver(t)
	status.Store(http.StatusInternalServerError)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url)
	harness.StartServe(t, env)
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.QueuePing(ctx, namets.Actor{})
		return err
	})
	first := harness.Next(t, got)
	var list string
	harness.Eventually(t, 5*time.Second, "the failed attempt is listed", func() bool {
		_, list, _ = harness.Call(t, env, "deliveries", "--state", "pending")
		return strings.Contains(list, "500")
	})
	code, shown, _ := harness.Call(t, env, "deliveries", "1")
	if code != 0 || !strings.Contains(shown, first.Header.Get("Webhook-Id")) || !strings.Contains(shown, "attempt 1") {
		t.Errorf("%d\n%s", code, shown)
	}
	status.Store(http.StatusOK)
	if code, out, errs := harness.Call(t, env, "deliveries", "retry", "1"); code != 0 || out != "1 due now\n" {
		t.Errorf("retry: %d %s %s", code, out, errs)
	}
	if again := harness.Next(t, got); again.Header.Get("Webhook-Id") != first.Header.Get("Webhook-Id") {
		t.Error("the retry has another webhook-id")
	}
	harness.Eventually(t, 5*time.Second, "it is delivered", func() bool {
		_, list, _ = harness.Call(t, env, "deliveries", "--state", "delivered")
		return strings.Contains(list, "ping")
	})
	if _, out, _ := harness.Call(t, env, "deliveries", "retry", "--since", "1h"); out != "1 due now\n" {
		t.Errorf("retry --since: %s", out)
	}
	harness.Next(t, got)
	for _, args := range [][]string{{"--state", "lost"}, {"--kind", "x"}, {"--since", "yesterday"}, {"x"}, {"1", "2"},
		{"retry"}, {"retry", "1", "--dead"}, {"retry", "1", "--waiting"}, {"retry", "y"}} {
		if code, _, errs := harness.Call(t, env, append([]string{"deliveries"}, args...)...); code != 2 || errs == "" {
			t.Errorf("%v: exit code %d, %q, want 2 and a reason", args, code, errs)
		}
	}
	if code, _, errs := harness.Call(t, env, "deliveries", "99"); code != 1 || !strings.Contains(errs, "99") {
		t.Errorf("a delivery that does not exist: %d %q", code, errs)
	}
}

func TestDeliveriesRetry_sendsPendingDeliveriesAfterAnOutage(t *testing.T) {
	url, got, status := harness.Receiver(t)
	status.Store(http.StatusNotFound)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url)
	harness.StartServe(t, env)
	ids := map[string]bool{}
	for range 3 {
		harness.QueuePing(t, env)
		ids[harness.Next(t, got).Header.Get("Webhook-Id")] = true
	}
	harness.Eventually(t, 5*time.Second, "the failed attempts are listed", func() bool {
		_, list, _ := harness.Call(t, env, "deliveries")
		return strings.Count(list, "404") == 3
	})
	status.Store(http.StatusOK)
	for _, args := range [][]string{{"--waiting"}, {"--since", "1h"}} {
		if code, out, errs := harness.Call(t, env, append([]string{"deliveries", "retry"}, args...)...); code != 0 ||
			out != "3 due now\n" {
			t.Errorf("%v: %d %s %s", args, code, out, errs)
		}
		for range ids {
			if id := harness.Next(t, got).Header.Get("Webhook-Id"); !ids[id] {
				t.Errorf("%v: got another webhook-id, %s", args, id)
			}
		}
		harness.Eventually(t, 5*time.Second, "they are delivered", func() bool {
			_, list, _ := harness.Call(t, env, "deliveries", "--state", "delivered")
			return strings.Count(list, "ping") == len(ids)
		})
	}
	if _, out, _ := harness.Call(t, env, "deliveries", "retry", "--waiting"); out != "0 due now\n" {
		t.Errorf("with nothing left: %s", out)
	}
}

func TestDeliveriesTest_explainsTheResponse(t *testing.T) {
	url, got, status := harness.Receiver(t)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url, "WEBHOOK_SECRET", "a plain signing key")
	code, out, errs := harness.Call(t, env, "deliveries", "test")
	if code != 0 || !strings.Contains(out, "took it") {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if r := harness.Next(t, got); r.Body != `{"event":"ping","data":{}}` || r.Header.Get("X-Namets-Signature") == "" {
		t.Errorf("%+v", r)
	}
	status.Store(http.StatusForbidden)
	if code, _, errs = harness.Call(t, env, "deliveries", "test"); code != 1 ||
		!strings.Contains(errs, "X-Namets-Webhook-Token") || strings.Contains(errs, "secret-path") {
		t.Errorf("%d %q", code, errs)
	}
	delete(env, "N8N_WEBHOOK_URL")
	if code, _, errs = harness.Call(t, env, "deliveries", "test"); code != 2 || !strings.Contains(errs,
		"N8N_WEBHOOK_URL") {
		t.Errorf("%d %q", code, errs)
	}
}

func TestServe_readsANewSigningKeyFromItsFileOnSIGHUP(t *testing.T) {
	url, got, _ := harness.Receiver(t)
	file := harness.WriteFile(t, "the first signing key\n")
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url, "WEBHOOK_SECRET_FILE", file, "TOKEN_OVERLAP", "1h",
		"LOG_FORMAT", "json")
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	ping := func() harness.Received {
		harness.QueuePing(t, env)
		return harness.Next(t, got)
	}
	before := ping().Header
	if err := os.WriteFile(file, []byte("the second signing key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	var after http.Header
	harness.Eventually(t, 10*time.Second, "another key signs", func() bool {
		after = ping().Header
		return after.Get("X-Namets-Webhook-Token") != before.Get("X-Namets-Webhook-Token")
	})
	if n := len(strings.Fields(after.Get("Webhook-Signature"))); n != 2 {
		t.Errorf("%d signatures during the overlap, want those of both keys", n)
	}
	s.Wait(t, s.Stderr, `"msg":"the signing key changed","fingerprint":"[0-9a-f]{8}","signatures":2`)
	if err := os.WriteFile(file, []byte("whsec_!!!"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.Wait(t, s.Stderr, `"the signing key stays the one before","error":"WEBHOOK_SECRET: it begins with whsec_`)
	if again := ping().Header; again.Get("X-Namets-Webhook-Token") != after.Get("X-Namets-Webhook-Token") {
		t.Error("an invalid key came into force")
	}
}

// TestServe_logsNothingThatAReceiverSends uses a receiver that sends more than was requested,
// which net/http reports on the standard logger.
func TestServe_logsNothingThatAReceiverSends(t *testing.T) {
	n8n := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"+"amina@example.org\r\n")
		_, _ = io.Copy(io.Discard, conn) // until the sender closes
		conn.Close()
	}))
	t.Cleanup(n8n.Close)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", n8n.URL, "LOG_FORMAT", "json")
	s, _ := harness.StartBinary(t, harness.BuildBinary(t), env)
	for range 3 {
		harness.QueuePing(t, env)
	}
	harness.Eventually(t, 10*time.Second, "they are delivered", func() bool {
		_, list, _ := harness.Call(t, env, "deliveries", "--state", "delivered")
		return strings.Count(list, "ping") == 3
	})
	for line := range strings.Lines(s.Stderr.String()) {
		if !strings.HasPrefix(line, "{") || strings.Contains(line, "amina") {
			t.Errorf("the log contains %s", line)
		}
	}
}

func TestServe_rejectsAnInvalidWebhookConfiguration(t *testing.T) {
	for name, value := range map[string]string{"WEBHOOK_SECRET": "whsec_!!!", "N8N_WEBHOOK_URL": "ftp://x/y"} {
		code, _, errs := harness.Call(t, harness.NewEnvironment(t, name, value), "serve")
		if code != 2 || !strings.Contains(errs, name) || strings.Contains(errs, value) {
			t.Errorf("%s: %d %q", name, code, errs)
		}
	}
}
