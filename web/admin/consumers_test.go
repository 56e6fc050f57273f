package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
)

// putConsumer registers a consumer of the token and returns a function that lets it ask.
func putConsumer(w *world, tokenID int64, name string) (ask func()) {
	w.Helper()
	_, _, err := w.db.PutConsumer(w.Context(), namets.Actor{Kind: namets.Program, Name: "n8n"}, tokenID, name,
		namets.ConsumerSpec{Topics: []namets.Topic{namets.TopicSubscribers}, Start: namets.StartNow,
			Lease: 5 * time.Minute, Before: 24 * time.Hour})
	w.must(err)
	return func() {
		w.Helper()
		_, err := w.db.NextChanges(w.Context(), tokenID, name, 1, func([]namets.Topic) error { return nil })
		w.must(err)
	}
}

// minutes lets n minutes pass, as they pass in serve; each begins with the acts.
func (w *world) minutes(n int, acts ...func()) {
	w.Helper()
	for range n {
		for _, act := range acts {
			act()
		}
		w.now = w.now.Add(store.HeartbeatInterval)
		w.must(w.db.RecordHeartbeats(w.Context(), false))
	}
}

// lag returns how many items wait for each consumer.
func (w *world) lag() (list []int64) {
	w.Helper()
	all, err := w.db.Consumers(w.Context())
	w.must(err)
	for _, c := range all {
		list = append(list, c.Lag)
	}
	return list
}

func TestN8N_showsWhoIsLate(t *testing.T) {
	w := newWorld(t)
	ask := putConsumer(w, 0, "sync")
	putConsumer(w, 0, "unused")
	want := func(list string, parts ...string) {
		t.Helper()
		rows := w.page(w.get(namets.Owner, "/admin/n8n"), http.StatusOK).All(list + " tbody tr")
		if len(rows) != len(parts) {
			t.Fatalf("%s has %d rows, want %d", list, len(rows), len(parts))
		}
		for i, row := range rows {
			if got := row.Text(); !strings.Contains(got, parts[i]) {
				t.Errorf("row %d of %s is %q, want %q in it", i, list, got, parts[i])
			}
		}
	}
	if w.page(w.get(namets.Owner, "/admin/n8n"), http.StatusOK).Has("#paths") {
		t.Error("a list of no paths")
	}
	read := func() { w.db.SawPath("/api/prayer/today/") }
	w.minutes(3, ask, read)
	const unused = "unused not used yet"
	want("#consumers", "sync new", unused)
	want("#paths", "/api/prayer/today/ new How often it asks is not known yet.")
	w.minutes(4, ask, read)
	want("#consumers", "sync on time", unused)
	want("#paths", "/api/prayer/today/ on time Usually every minute.")
	w.minutes(4)
	want("#consumers", "sync late Usually every minute.", unused)
	want("#paths", "/api/prayer/today/ late")
}

func TestConsumer_isRewoundAndDeletedByAnOwner(t *testing.T) {
	w := newWorld(t)
	createToken(w, "Sync", "scopes", "changes")
	id := tokenID(w, "Sync")
	putConsumer(w, id, "sync")
	putConsumer(w, id, "other")
	for range 2 {
		_, err := w.db.CreateSubscriber(t.Context(), namets.Actor{Kind: namets.System},
			namets.Subscriber{Email: "p" + strconv.Itoa(len(w.lag())) + w.now.Format("150405") + "@example.org"})
		w.must(err)
		w.now = w.now.Add(time.Hour)
	}
	list, err := w.db.ConsumersOf(t.Context(), id)
	w.must(err)
	path := "/admin/consumers/" + strconv.FormatInt(list[1].ID, 10)
	if list[1].Name != "sync" || list[1].Lag != 2 {
		t.Fatalf("%+v", list)
	}
	for _, p := range []string{path, path + "/rewind", path + "/delete"} {
		if rec := w.get(namets.Editor, p); rec.Code != http.StatusForbidden {
			t.Errorf("an editor gets %d for %s", rec.Code, p)
		}
	}
	text := w.page(w.get(namets.Owner, path), http.StatusOK).One("main").Text()
	for _, part := range []string{"sync", "not used yet", "Sync", "subscribers"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in %s", part, text)
		}
	}

	rewind := path + "/rewind"
	hidden := w.form(namets.Owner, rewind, rewind)
	refused := func(part string, fields ...string) {
		t.Helper()
		doc := w.page(w.post(namets.Owner, rewind, append(fields, hidden...)...), http.StatusUnprocessableEntity)
		if text := doc.One("main").Text(); !strings.Contains(text, part) {
			t.Errorf("%q is missing in %s", part, text)
		}
	}
	refused("Begin again must be chosen", "to", "yesterday")
	refused("Since must be a day and a time", "to", "time", "at", "soon")
	refused("Since must not be in the future", "to", "time", "at", "2099-01-01T00:00")
	w.follow(namets.Owner, w.post(namets.Owner, rewind, "to", "beginning", "name", "other"), path)
	if got := w.lag(); got[1] != 2 {
		t.Errorf("%d items wait after forms that were refused", got[1])
	}
	at := w.now.In(lagos).Add(-90 * time.Minute).Format("2006-01-02T15:04")
	text = w.follow(namets.Owner, w.post(namets.Owner, rewind, append(hidden, "to", "time", "at", at)...), path).
		One("main").Text()
	if !strings.Contains(text, "1 item waits") || w.lag()[1] != 1 {
		t.Errorf("rewound to %s: %s", at, text)
	}
	w.follow(namets.Owner, w.post(namets.Owner, rewind, append(hidden, "to", "beginning")...), path)
	if got := w.lag(); got[1] != 2 || got[0] != 2 {
		t.Errorf("after the rewind %d items wait", got)
	}

	fields := w.form(namets.Owner, path+"/delete", path+"/delete")
	w.follow(namets.Owner, w.post(namets.Owner, path+"/delete", "name", "other"), path)
	deleted := w.post(namets.Owner, path+"/delete", fields...)
	text = w.follow(namets.Owner, deleted, "/admin/n8n").One("#consumers").Text()
	if strings.Contains(text, "sync") || !strings.Contains(text, "other") {
		t.Errorf("after the deletion there are %s", text)
	}
	w.page(w.get(namets.Owner, path), http.StatusNotFound)
	text = w.page(w.get(namets.Owner, "/admin/activity"), http.StatusOK).One("main").Text()
	for _, part := range []string{"Owner Deleted consumer: sync", "Owner Rewound consumer: sync"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in the activity: %s", part, text)
		}
	}
}
