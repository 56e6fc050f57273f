package cli_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/cli"
	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// publishedTo serves with n8n at a receiver that takes all, publishes an announcement to the
// addresses and waits until n8n has it. It returns the request, too.
func publishedTo(t *testing.T, addresses ...string) (harness.Environment, chan harness.Received, harness.Received) {
	t.Helper()
	url, got, status := harness.Receiver(t)
	status.Store(http.StatusOK)
	env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url)
	harness.StartServe(t, env)
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		for _, address := range addresses {
			if _, err := db.CreateSubscriber(ctx, namets.Actor{}, namets.NewSubscriber(address)); err != nil {
				return err
			}
		}
		_, err := db.CreateAnnouncement(ctx, namets.Actor{}, harness.Announcement("news", time.Now()))
		return err
	})
	published := nextAnnouncement(t, got)
	harness.Eventually(t, 5*time.Second, "it is delivered", func() bool {
		_, list, _ := harness.Call(t, env, "deliveries", "--kind", "announcement_created", "--state", "delivered")
		return strings.Contains(list, "announcement_created")
	})
	return env, got, published
}

// nextAnnouncement passes over what else comes.
func nextAnnouncement(t *testing.T, got chan harness.Received) harness.Received {
	t.Helper()
	for {
		if r := harness.Next(t, got); strings.Contains(r.Body, "announcement_created") {
			return r
		}
	}
}

func TestDeliveriesRetry_sendsUnderANewIDToAll(t *testing.T) {
	env, got, first := publishedTo(t, "a@example.org", "b@example.org", "c@example.org")
	id := first.Header.Get("Webhook-Id")
	code, out, errs := harness.Call(t, env, "deliveries", "retry", "--new-id", id)
	if code != 2 || out != "" || !strings.Contains(errs, "3 people") || !strings.Contains(errs, "--yes") {
		t.Errorf("with nobody to ask: %d %q %q, want 2 and how many", code, out, errs)
	}
	for _, answer := range []string{"n\n", "\n", "yesterday\n"} {
		if talk, err := asked(t, env, answer, "retry", "--new-id", id); err == nil ||
			err.Error() != "nothing was sent" || !strings.Contains(talk, "3 people") {
			t.Errorf("the answer %q: %v, asked %q", answer, err, talk)
		}
	}
	if _, err := asked(t, env, "", "deliveries", "retry", "--new-id", id); cli.Report(err, io.Discard) != 2 {
		t.Errorf("an end in the place of an answer: %v", err)
	}
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		ids, _, err := db.SubscribersByEmail(ctx, []string{"a@example.org"})
		if err != nil {
			return err
		}
		return db.DeleteSubscriber(ctx, namets.Actor{}, ids[0])
	})
	if _, err := asked(t, env, "Y\n", "retry", "--new-id", id); err != nil {
		t.Error(err)
	}
	again := nextAnnouncement(t, got)
	if want := strings.Replace(first.Body, `"a@example.org",`, "", 1); again.Body != want ||
		again.Header.Get("Webhook-Id") == id {
		t.Errorf("it came as %s\n%s\nwant another webhook-id and\n%s", again.Header.Get("Webhook-Id"), again.Body, want)
	}
	code, out, errs = harness.Call(t, env, "deliveries", "retry", id, "--new-id", "--yes")
	if code != 0 || !strings.HasSuffix(out, "goes to 2 people, under a new webhook-id\n") ||
		!strings.Contains(errs, ": 1\n") {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if third := nextAnnouncement(t, got); third.Body != again.Body {
		t.Errorf("it came as %s", third.Body)
	}
	if _, shown, _ := harness.Call(t, env, "deliveries", again.Header.Get("Webhook-Id")); !strings.Contains(shown,
		"the text of delivery ") {
		t.Errorf("it is shown as\n%s", shown)
	}
}

func TestDeliveriesRetry_sendsToThoseWhoAreMissing(t *testing.T) {
	env, got, first := publishedTo(t, "a@example.org", "b@example.org", "c@example.org")
	id := first.Header.Get("Webhook-Id")
	for _, tt := range []struct {
		code int
		why  string
		args []string
	}{
		{2, "hold 1 address that was no recipient", []string{id, "--to", "a@example.org", "--to", "x@example.org"}},
		{2, "give an address", []string{id, "--to", " "}},
		{2, "the ID of one delivery", []string{"--to", "a@example.org"}},
		{2, "the ID of one delivery", []string{"--new-id"}},
		{2, "the ID of one delivery", []string{id, "--new-id", "--dead"}},
		{2, "--new-id", []string{id, "--yes"}},
		{1, "no delivery with the number 99", []string{"99", "--to", "a@example.org"}},
		{1, "no delivery with this webhook-id", []string{"msg_X", "--to", "a@example.org"}},
	} {
		code, out, errs := harness.Call(t, env, append([]string{"deliveries", "retry"}, tt.args...)...)
		if code != tt.code || out != "" || !strings.Contains(errs, tt.why) || strings.Contains(errs, "@") {
			t.Errorf("%v: %d %q %q, want %d, %q and no address", tt.args, code, out, errs, tt.code, tt.why)
		}
	}
	code, out, errs := harness.Call(t, env, "deliveries", "retry", id, "--to", "C@example.org", "--to", "a@example.org")
	if code != 0 || !strings.HasSuffix(out, "goes to 2 people, under a new webhook-id\n") || errs != "" {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if again := nextAnnouncement(t, got); !strings.Contains(again.Body,
		`"recipients":["a@example.org","c@example.org"]`) || again.Header.Get("Webhook-Id") == id {
		t.Errorf("it came as %s", again.Body)
	}
}

// asked calls the program as a person at a terminal does who types the answer to namets
// deliveries, and returns what the person was asked.
func asked(t *testing.T, env harness.Environment, answer string, args ...string) (talk string, err error) {
	t.Helper()
	stderr := harness.NewOutput()
	err = cli.RunAnswered(t.Context(), answer, append([]string{"deliveries"}, args...), env.Getenv, harness.NewOutput(),
		stderr)
	return stderr.String(), err
}
