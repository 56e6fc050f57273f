package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/web/admin"
)

// putHook registers a hook of the token and returns the path of its page.
func putHook(w *world, tokenID int64, key string) (h namets.Hook, path string) {
	w.Helper()
	spec := namets.HookSpec{URL: "https://n8n.example.org/webhook/8f2b",
		Events: []namets.EventType{namets.TypeEventUpdated}}
	spec.Fill()
	h, _, err := w.db.PutHook(w.Context(), namets.Actor{Kind: namets.Program, Name: "n8n"}, tokenID, key, spec)
	w.must(err)
	return h, "/admin/hooks/" + strconv.FormatInt(h.ID, 10)
}

func TestN8N_listsTargetsAndTokens(t *testing.T) {
	w := newWorld(t, func(c *admin.Config) {
		c.System.TargetHost, c.System.TargetEvents = "n8n.example.net", namets.ContractTypes()
	})
	createToken(w, "Mail", "scopes", "hooks")
	h, path := putHook(w, tokenID(w, "Mail"), "mail-events")
	putHook(w, 0, "of-the-shared-token")
	putConsumer(w, tokenID(w, "Mail"), "people-table")
	w.must(w.db.PauseHook(t.Context(), namets.Actor{Kind: namets.System}, h.ID, "it answered 410 Gone"))
	id, err := w.db.QueuePing(t.Context(), namets.Actor{Kind: namets.System})
	w.must(err)
	w.must(w.db.RecordOutcomes(t.Context(), []namets.Outcome{{ID: id, State: namets.Pending, Next: w.now.Add(time.Hour),
		Attempt: &namets.Attempt{At: w.now, Status: 503, Error: "answered 503 Service Unavailable"}}}))
	doc := w.page(w.get(namets.Owner, "/admin/n8n"), http.StatusOK)
	rows := doc.All("#targets tbody tr")
	if len(rows) != 3 {
		t.Fatalf("%d targets", len(rows))
	}
	for i, want := range [][]string{
		{"N8N_WEBHOOK_URL", "n8n.example.net", "fails", "answered 503 Service Unavailable",
			"announcement.published, event.published, prayer.updated, subscriber.joined"},
		{"of-the-shared-token", "n8n.example.org", "nothing sent yet", "event.updated", "the shared token", "none yet"},
		{"mail-events", "paused", "It answered 410 Gone.", "Mail"},
	} {
		for _, text := range want {
			if got := rows[i].Text(); !strings.Contains(got, text) || strings.Contains(got, "8f2b") {
				t.Errorf("target %d is %q, want %q in it", i, got, text)
			}
		}
	}
	if text := doc.One("#consumers tbody tr").Text(); !strings.Contains(text, "people-table") ||
		!strings.Contains(text, "subscribers") || !strings.Contains(text, "Mail") || !strings.Contains(text, "never") {
		t.Errorf("the consumer is %s", text)
	}
	token := "/admin/api-tokens/" + strconv.FormatInt(tokenID(w, "Mail"), 10)
	if text := w.page(w.get(namets.Owner, token), http.StatusOK).One("main").Text(); !strings.Contains(text,
		"The consumer people-table") {
		t.Errorf("the token's page does not list the consumer: %s", text)
	}
	if text := doc.One("#tokens").Text(); !strings.Contains(text, "Register webhooks") {
		t.Errorf("the tokens are %s", text)
	}

	form := w.post(namets.Owner, path+"/wake")
	text := w.follow(namets.Owner, form, path).One("main").Text()
	h, err = w.db.Hook(t.Context(), h.ID)
	if err != nil || h.PausedAt != nil || !strings.Contains(text, "is awake") {
		t.Errorf("it is not awake (%v): %s", err, text)
	}
	answer := w.post(namets.Owner, path+"/test")
	last, err := w.db.Deliveries(t.Context(), namets.DeliveryFilter{Hook: h.ID})
	w.must(err)
	if len(last) != 1 || last[0].Kind != namets.Ping {
		t.Fatalf("the test is %+v", last)
	}
	w.follow(namets.Owner, answer, "/admin/deliveries/"+strconv.FormatInt(last[0].ID, 10))
	if text := w.page(w.get(namets.Owner, path), http.StatusOK).One("main").Text(); !strings.Contains(text, "Test") {
		t.Errorf("its page does not list the test: %s", text)
	}
	fields := w.form(namets.Owner, path+"/delete", path+"/delete")
	w.follow(namets.Owner, w.post(namets.Owner, path+"/delete", "key", "another"), path)
	text = w.follow(namets.Owner, w.post(namets.Owner, path+"/delete", fields...), "/admin/n8n").One("#targets").Text()
	if strings.Contains(text, "mail-events") {
		t.Errorf("it is still there: %s", text)
	}
}

func TestN8N_hookOfAnEndedTokenStaysPaused(t *testing.T) {
	w := newWorld(t)
	createToken(w, "Mail", "scopes", "hooks")
	id := tokenID(w, "Mail")
	_, path := putHook(w, id, "mail-events")
	w.must(w.db.RevokeAPIToken(t.Context(), namets.Actor{Kind: namets.System}, id))
	if doc := w.page(w.get(namets.Owner, path), http.StatusOK); doc.Has("main form") {
		t.Error("the page offers to wake it")
	}
	text := w.follow(namets.Owner, w.post(namets.Owner, path+"/wake"), path).One("main").Text()
	if !strings.Contains(text, "It stays paused") {
		t.Errorf("the page says %s", text)
	}
	text = w.follow(namets.Owner, w.post(namets.Owner, path+"/test"), path).One("main").Text()
	if !strings.Contains(text, "No test was sent") {
		t.Errorf("the page says %s", text)
	}
}

func TestN8N_withoutATargetSaysSo(t *testing.T) {
	w := newWorld(t, func(c *admin.Config) { c.System.WebhooksOn = false })
	doc := w.page(w.get(namets.Owner, "/admin/n8n"), http.StatusOK)
	if text := doc.One("#targets").Text(); !strings.Contains(text, "not set") || doc.Has("main form") {
		t.Errorf("the page says %s", text)
	}
}
