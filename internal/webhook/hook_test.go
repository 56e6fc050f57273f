package webhook_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/webhook"
)

// hookBody is the body of a webhook in the form of the open API.
type hookBody struct {
	ID      string
	Type    string
	Time    time.Time
	Attempt int
	Data    struct {
		URL        string
		Row        map[string]any
		Site       namets.Site
		Mail       namets.Mail
		Recipients []struct {
			Email  string
			Manage string `json:"manage_url"`
		}
		Part, Parts int
		Report      *string `json:"report_url"`
	}
}

func parse(t testing.TB, body string) (s hookBody) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return s
}

// putHook registers a hook and returns its id and secret.
func putHook(t testing.TB, db *sqlite.DB, key, url string, change func(*namets.HookSpec)) (int64, string) {
	t.Helper()
	spec := namets.HookSpec{URL: url, Events: []namets.EventType{namets.AnyEvent}}
	if change != nil {
		change(&spec)
	}
	spec.Fill()
	h, secret, err := db.PutHook(t.Context(), by, 0, key, spec)
	if err != nil {
		t.Fatal(err)
	}
	return h.ID, secret.Reveal()
}

// people imports n subscribers who want announcements.
func people(t testing.TB, db *sqlite.DB, n int) {
	t.Helper()
	data := &namets.Dataset{}
	for i := range n {
		data.Subscribers = append(data.Subscribers, namets.Subscriber{ID: int64(i + 1), Token: namets.NewUUID(),
			Email: fmt.Sprintf("p%d@example.org", i), IsActive: true, SubscribedAt: time.Now(),
			Notify: namets.Preferences{Announcements: true}})
	}
	if _, err := db.Import(t.Context(), by, data, namets.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

func announce(t testing.TB, db *sqlite.DB, title string) {
	t.Helper()
	_, err := db.CreateAnnouncement(t.Context(), by, namets.Announcement{Title: title, Content: "1 < 2",
		Category: namets.General, IsActive: true, SendEmail: true, PublishAt: time.Now().Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
}

func testSite() namets.Site {
	return namets.Site{Name: "S", URL: "https://example.org", Colour: "#000000", Logo: "https://example.org/l.svg"}
}

func TestHook_getsSignedBodies(t *testing.T) {
	db := newDB(t)
	people(t, db, 2)
	type request struct {
		body   []byte
		header http.Header
	}
	arrived := make(chan request, 10)
	rec := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- request{body, r.Header}
	}))
	t.Cleanup(rec.Close)
	_, secret := putHook(t, db, "k", rec.URL, nil)
	start(t, webhook.Config{Store: db, Hints: db.Queued(), Site: testSite()})
	announce(t, db, "T & U")
	got := within(t, arrived, "nothing arrives")
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.Verify(got.body, got.header); err != nil {
		t.Error(err)
	}
	if got.header.Get("X-Namets-Signature") == "" || got.header.Get("X-Namets-Webhook-Token") == "" {
		t.Errorf("headers: %v", got.header)
	}
	s := parse(t, string(got.body))
	if s.ID != got.header.Get("webhook-id") || fmt.Sprint(s.Time.Unix()) != got.header.Get("webhook-timestamp") ||
		s.Attempt != 1 || s.Type != "announcement.published" || s.Data.Part != 1 || s.Data.Parts != 1 ||
		s.Data.Row["title"] != "T & U" || s.Data.Site != testSite() || len(s.Data.Recipients) != 2 ||
		!strings.HasPrefix(s.Data.Recipients[0].Manage, "https://example.org/") || s.Data.Report == nil ||
		s.Data.Mail != (namets.Mail{Subject: "T & U", Text: "1 < 2", HTML: "<p>1 &lt; 2</p>"}) {
		t.Errorf("%+v in %s", s, got.body)
	}
}

// TestHooks_holdUpNobodyElse has a target that hangs, one that refuses, and one that works.
func TestHooks_holdUpNobodyElse(t *testing.T) {
	db := newDB(t)
	people(t, db, 1129)
	stop := make(chan struct{})
	hanging := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(stop) })
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	good, legacy := newReceiver(t, nil), newReceiver(t, nil)
	putHook(t, db, "hanging", hanging.URL, nil)
	putHook(t, db, "gone", gone.URL, nil)
	id, _ := putHook(t, db, "good", good.URL, nil)
	worker, _ := start(t, webhook.Config{Store: db, Hints: db.Queued(), Site: testSite(),
		Client: newClient(t, legacy.URL, webhook.ClientConfig{})})
	announce(t, db, "T")
	legacy.next(t)
	seen := map[string]bool{}
	for part := 1; part <= 23; part++ {
		s := parse(t, good.next(t).body)
		if s.Data.Part != part || s.Data.Parts != 23 || len(s.Data.Recipients) > 50 {
			t.Errorf("part %d of %d with %d recipients, want part %d", s.Data.Part, s.Data.Parts,
				len(s.Data.Recipients), part)
		}
		for _, r := range s.Data.Recipients {
			if seen[r.Email] {
				t.Errorf("%s twice", r.Email)
			}
			seen[r.Email] = true
		}
	}
	if len(seen) != 1129 || len(legacy.calls()) != 1 || len(hanging.calls()) > 1 {
		t.Errorf("%d people, %d legacy webhooks, %d hang", len(seen), len(legacy.calls()), len(hanging.calls()))
	}
	if s := worker.Stats(); len(s.Hooks) != 3 || s.Hooks[id].Failed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestHook_isOfferedUntilReported counts the offers in virtual time.
func TestHook_isOfferedUntilReported(t *testing.T) {
	for reports, offers := range map[int]int{0: 3, 1: 3, 2: 1} {
		t.Run(fmt.Sprint(reports, " reports"), func(t *testing.T) {
			w := &wire{}
			hookBubble(t, w, nil, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
				people(t, db, 2)
				id, _ := putHook(t, db, "k", "http://hook.example/", func(s *namets.HookSpec) {
					s.Ack = namets.AckReport
				})
				announce(t, db, "T")
				wait(time.Minute)
				list, err := db.Deliveries(t.Context(), namets.DeliveryFilter{Hook: id})
				if err != nil || len(list) != 1 || len(w.calls()) != 1 {
					t.Fatalf("%+v, %v, %d calls", list, err, len(w.calls()))
				}
				for i := range reports {
					for range 2 { // the second changes nothing
						_, err := db.RecordReport(t.Context(), by, list[0].WebhookID,
							namets.MailReport{Sent: []string{fmt.Sprintf("p%d@example.org", i)}})
						if err != nil {
							t.Fatal(err)
						}
					}
				}
				wait(3 * time.Hour)
				want := namets.Dead
				if reports == 2 {
					want = namets.Delivered
				}
				d, _, err := db.Delivery(t.Context(), list[0].ID)
				if err != nil || d.State != want || len(w.calls()) != offers {
					t.Errorf("%+v, %v after %d offers, want %s after %d", d, err, len(w.calls()), want, offers)
				}
				for i, c := range w.calls() {
					s := parse(t, c.body)
					left := 2
					if i > 0 {
						left -= reports
					}
					if s.ID != list[0].WebhookID || s.Attempt != i+1 || len(s.Data.Recipients) != left {
						t.Errorf("offer %d is %+v", i+1, s)
					}
				}
			})
		})
	}
}

// hookBubble is bubble for a worker whose requests to all targets go through the wire.
func hookBubble(t *testing.T, w *wire, legacy *namets.HookSpec,
	test func(t *testing.T, db *sqlite.DB, wait func(time.Duration))) {
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db := sqlitetest.Open(t, sqlite.Config{Path: path, Legacy: legacy})
		_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(), HookTransport: w, Site: testSite(),
			Random: func() float64 { return 0.5 }})
		defer stop()
		test(t, db, func(d time.Duration) {
			time.Sleep(d) // virtual
			synctest.Wait()
		})
	})
}

// TestWorker_choosesTheFormAtTheAttempt queues in one form and sends in the other.
func TestWorker_choosesTheFormAtTheAttempt(t *testing.T) {
	open := &namets.HookSpec{Events: []namets.EventType{namets.AnyEvent}}
	open.Fill()
	path := filepath.Join(t.TempDir(), "namets.db")
	rec := newReceiver(t, nil)
	run := func(form *namets.HookSpec, test func(*sqlite.DB)) {
		db := sqlitetest.Open(t, sqlite.Config{Path: path, Legacy: form})
		_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(), Site: testSite(),
			Client: newClient(t, rec.URL, webhook.ClientConfig{})})
		test(db)
		stop()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	queue := func(form *namets.HookSpec, title string) {
		db := sqlitetest.Open(t, sqlite.Config{Path: path, Legacy: form})
		if title == "whole" {
			people(t, db, 60)
		}
		announce(t, db, title)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	queue(nil, "whole")
	run(open, func(db *sqlite.DB) {
		s := parse(t, rec.next(t).body)
		if s.Data.Part != 1 || s.Data.Parts != 1 || len(s.Data.Recipients) != 60 {
			t.Errorf("queued whole: %+v", s)
		}
		untilState(t, db, 1, namets.Delivered)
	})
	queue(open, "parts")
	run(nil, func(db *sqlite.DB) {
		for _, want := range []int{50, 10} {
			var legacy struct {
				Event string
				Data  struct{ Recipients []string }
			}
			body := rec.next(t).body
			if err := json.Unmarshal([]byte(body), &legacy); err != nil || legacy.Event != "announcement_created" ||
				len(legacy.Data.Recipients) != want {
				t.Errorf("queued as a part: %v, %s", err, body)
			}
		}
		untilState(t, db, 3, namets.Delivered)
	})
}

// TestHook_getsEverythingOnceItIsAwake pauses a hook with 410 and wakes it.
func TestHook_getsEverythingOnceItIsAwake(t *testing.T) {
	var mu sync.Mutex
	status := http.StatusGone
	w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		return respond(status), nil
	}}
	hookBubble(t, w, nil, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		people(t, db, 1)
		id, _ := putHook(t, db, "k", "http://hook.example/", nil)
		for i := range 5 {
			announce(t, db, fmt.Sprint("T", i))
			wait(time.Second)
		}
		wait(24 * time.Hour)
		if n := w.count(); n != 1 {
			t.Errorf("%d attempts after 410", n)
		}
		mu.Lock()
		status = http.StatusOK
		mu.Unlock()
		if err := db.WakeHook(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		if n := w.count(); n != 6 {
			t.Errorf("%d attempts after it was woken, want 6", n)
		}
	})
}
