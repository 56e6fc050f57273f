package cli

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// publishedTo serves with n8n at a receiver that takes all, publishes an announcement to the
// addresses and waits until n8n has it. It returns the request, too.
func publishedTo(t *testing.T, addresses ...string) (environment, chan received, received) {
	t.Helper()
	url, got, status := receiver(t)
	status.Store(http.StatusOK)
	env := testEnvironment(t, "N8N_WEBHOOK_URL", url)
	startServe(t, env)
	write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		for _, address := range addresses {
			if _, err := db.CreateSubscriber(ctx, namets.Actor{}, namets.NewSubscriber(address)); err != nil {
				return err
			}
		}
		_, err := db.CreateAnnouncement(ctx, namets.Actor{}, announcement("news", time.Now()))
		return err
	})
	published := nextAnnouncement(t, got)
	eventually(t, 5*time.Second, "it is delivered", func() bool {
		_, list, _ := call(t, env, "deliveries", "--kind", "announcement_created", "--state", "delivered")
		return strings.Contains(list, "announcement_created")
	})
	return env, got, published
}

// nextAnnouncement passes over what else comes.
func nextAnnouncement(t *testing.T, got chan received) received {
	t.Helper()
	for {
		if r := next(t, got); strings.Contains(r.body, "announcement_created") {
			return r
		}
	}
}

func TestDeliveriesRetry_sendsUnderANewIDToAll(t *testing.T) {
	env, got, first := publishedTo(t, "a@example.org", "b@example.org", "c@example.org")
	id := first.header.Get("Webhook-Id")
	code, out, errs := call(t, env, "deliveries", "retry", "--new-id", id)
	if code != 2 || out != "" || !strings.Contains(errs, "3 people") || !strings.Contains(errs, "--yes") {
		t.Errorf("with nobody to ask: %d %q %q, want 2 and how many", code, out, errs)
	}
	for _, answer := range []string{"n\n", "\n", "yesterday\n"} {
		if talk, err := asked(t, env, answer, "retry", "--new-id", id); err == nil ||
			err.Error() != "nothing was sent" || !strings.Contains(talk, "3 people") {
			t.Errorf("the answer %q: %v, asked %q", answer, err, talk)
		}
	}
	if _, err := asked(t, env, "", "deliveries", "retry", "--new-id", id); Report(err, io.Discard) != 2 {
		t.Errorf("an end in the place of an answer: %v", err)
	}
	write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		ids, _, err := db.SubscribersCalled(ctx, []string{"a@example.org"})
		if err != nil {
			return err
		}
		return db.DeleteSubscriber(ctx, namets.Actor{}, ids[0])
	})
	if _, err := asked(t, env, "Y\n", "retry", "--new-id", id); err != nil {
		t.Error(err)
	}
	again := nextAnnouncement(t, got)
	if want := strings.Replace(first.body, `"a@example.org",`, "", 1); again.body != want ||
		again.header.Get("Webhook-Id") == id {
		t.Errorf("it came as %s\n%s\nwant another webhook-id and\n%s", again.header.Get("Webhook-Id"), again.body, want)
	}
	code, out, errs = call(t, env, "deliveries", "retry", id, "--new-id", "--yes")
	if code != 0 || !strings.HasSuffix(out, "goes to 2 people, under a new webhook-id\n") ||
		!strings.Contains(errs, ": 1\n") {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if third := nextAnnouncement(t, got); third.body != again.body {
		t.Errorf("it came as %s", third.body)
	}
	if _, shown, _ := call(t, env, "deliveries", again.header.Get("Webhook-Id")); !strings.Contains(shown,
		"the text of delivery ") {
		t.Errorf("it is shown as\n%s", shown)
	}
}

func TestDeliveriesRetry_sendsToThoseWhoAreMissing(t *testing.T) {
	env, got, first := publishedTo(t, "a@example.org", "b@example.org", "c@example.org")
	id := first.header.Get("Webhook-Id")
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
		code, out, errs := call(t, env, append([]string{"deliveries", "retry"}, tt.args...)...)
		if code != tt.code || out != "" || !strings.Contains(errs, tt.why) || strings.Contains(errs, "@") {
			t.Errorf("%v: %d %q %q, want %d, %q and no address", tt.args, code, out, errs, tt.code, tt.why)
		}
	}
	code, out, errs := call(t, env, "deliveries", "retry", id, "--to", "C@example.org", "--to", "a@example.org")
	if code != 0 || !strings.HasSuffix(out, "goes to 2 people, under a new webhook-id\n") || errs != "" {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if again := nextAnnouncement(t, got); !strings.Contains(again.body,
		`"recipients":["a@example.org","c@example.org"]`) || again.header.Get("Webhook-Id") == id {
		t.Errorf("it came as %s", again.body)
	}
}

// asked calls the program as a person at a terminal does who types the answer to namets
// deliveries, and returns what the person was asked.
func asked(t *testing.T, env environment, answer string, args ...string) (talk string, err error) {
	t.Helper()
	stderr := newOutput()
	in := &invocation{getenv: env.getenv, stdout: newOutput(), stderr: stderr, stdin: strings.NewReader(answer)}
	err = deliveries(t.Context(), in, args)
	return stderr.String(), err
}
