package admin_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
)

// hold queues two deliveries and holds them as a restore does.
func (w *world) hold() {
	w.Helper()
	for range 2 {
		_, err := w.db.QueuePing(w.Context(), namets.Actor{Kind: namets.System})
		w.must(err)
	}
	raw, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer raw.Close()
	_, err = raw.ExecContext(w.Context(), `update deliveries set state = 'held', next_at = null where `+
		`state = 'pending'`)
	w.must(err)
}

func TestHeld_asksWhetherToSendThem(t *testing.T) {
	w := newWorld(t)
	if doc := w.page(w.get(namets.Editor, "/admin/deliveries/held"), http.StatusOK); doc.Has("main form") ||
		!strings.Contains(doc.One("main").Text(), "No delivery is held") {
		t.Error("the page asks although nothing is held")
	}
	w.hold()
	doc := w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK)
	if got := doc.One("main").Text(); !strings.Contains(got, "2 webhooks from before a restore are held") {
		t.Errorf("the overview says %q", got)
	}
	doc = w.page(w.get(namets.Editor, "/admin/deliveries"), http.StatusOK)
	if got := doc.One("a[href=/admin/deliveries/held]").Text(); got != "Decide about 2 held…" {
		t.Errorf("got %q", got)
	}
	doc = w.page(w.get(namets.Editor, "/admin/deliveries/held"), http.StatusOK)
	if got := doc.One("main").Text(); !strings.Contains(got, "2 × Test") {
		t.Errorf("got %q", got)
	}
	w.page(w.post(namets.Editor, "/admin/deliveries/held"), http.StatusUnprocessableEntity)
	w.page(w.post(namets.Editor, "/admin/deliveries/held", "decide", "skip", "before", "soon"),
		http.StatusUnprocessableEntity)
	w.page(w.post(namets.Viewer, "/admin/deliveries/held", "decide", "skip"), http.StatusForbidden)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/deliveries/held", "decide", "skip",
		"before", "2026-02-27T14:05"), "/admin/deliveries")
	stats, err := w.db.DeliveryStats(t.Context())
	if err != nil || stats.Held != 2 {
		t.Errorf("%+v, %v: those were not planned before that time", stats, err)
	}
	doc = w.follow(namets.Editor, w.post(namets.Editor, "/admin/deliveries/held", "decide", "release"),
		"/admin/deliveries")
	if got := doc.One(".notice.good").Text(); !strings.Contains(got, "2 deliveries are sent now") {
		t.Errorf("got %q", got)
	}
}
