package webhook_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/webhook"
)

// announceAll stores one announcement for each title, due at the time and then a minute after each
// other.
func announceAll(t *testing.T, db *sqlite.DB, from time.Time, titles ...string) {
	t.Helper()
	for i, title := range titles {
		_, err := db.CreateAnnouncement(t.Context(), by, namets.Announcement{Title: title, Category: namets.General,
			IsActive:  true,
			SendEmail: true, PublishAt: from.Add(time.Duration(i) * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// titles returns what was announced, in the order of arrival.
func titles(calls []call) (list []string) {
	for _, c := range calls {
		if _, rest, ok := strings.Cut(c.body, `"title":"`); ok {
			title, _, _ := strings.Cut(rest, `"`)
			list = append(list, title)
		}
	}
	return list
}

// TestWorker_sendsLateAnnouncementsOldestFirst lets a machine sleep over thirty announcements.
func TestWorker_sendsLateAnnouncementsOldestFirst(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer time.Duration // how long the receiver thinks
	}{
		{"to a quick receiver", 0},
		{"to a slow receiver", 3 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
				time.Sleep(tt.answer) // virtual
				return respond(200), nil
			}}
			path := filepath.Join(t.TempDir(), "namets.db")
			synctest.Test(t, func(t *testing.T) {
				db := openDB(t, path, nil)
				subscribe(t, db, "a@example.org")
				var want []string
				for i := range 30 {
					want = append(want, fmt.Sprint("T", i))
				}
				announceAll(t, db, time.Now().Add(time.Hour), want...)
				time.Sleep(3 * time.Hour) // nobody serves
				_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(),
					Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
				time.Sleep(time.Minute)
				stop()
				if got := titles(w.calls()); strings.Join(got, " ") != strings.Join(want, " ") {
					t.Errorf("arrived: %v", got)
				}
			})
		})
	}
}

// TestWorker_keepsTheOrderOfWhatWaitedForAURL has every other connection take longer than the one
// after it.
func TestWorker_keepsTheOrderOfWhatWaitedForAURL(t *testing.T) {
	const waiting = 200
	var mu sync.Mutex
	var arrived []string
	w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
		time.Sleep(time.Duration(n%2) * 2 * time.Millisecond) // virtual
		mu.Lock()
		defer mu.Unlock()
		arrived = append(arrived, r.Header.Get("webhook-id"))
		return respond(200), nil
	}}
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		var want []string
		for range waiting {
			d, _, err := db.Delivery(t.Context(), ping(t, db))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, d.WebhookID)
		}
		_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(),
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
		time.Sleep(10 * time.Second)
		stop()
		if !slices.Equal(arrived, want) {
			t.Errorf("%d of %d arrived, and not in the order in which they were queued", len(arrived), waiting)
		}
	})
}

func TestWorker_isHeldUpOnlyForAMomentByEachThatHangs(t *testing.T) {
	const stuck = webhook.Parallel - 1
	w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
		if n > stuck {
			return respond(200), nil
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		const free = 100
		for range stuck + free {
			ping(t, db)
		}
		wait(time.Second)
		if len(w.calls()) != stuck+free {
			t.Errorf("%d attempts within a second, want %d", len(w.calls()), stuck+free)
		}
	})
}

// TestWorker_makesOneAttemptAtATimeThoughItsLeaseEnded sets the clock forward while the receiver
// thinks, as a machine does that slept.
func TestWorker_makesOneAttemptAtATimeThoughItsLeaseEnded(t *testing.T) {
	w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
		time.Sleep(10 * time.Second) // virtual
		return respond(200), nil
	}}
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		db := openDB(t, path, clock)
		worker, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(), Now: clock,
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w, Now: clock})})
		defer stop()
		id := ping(t, db)
		time.Sleep(time.Second)
		ahead.Store(int64(time.Hour))
		worker.Wake()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		d, attempts, err := db.Delivery(t.Context(), id)
		if err != nil || d.State != namets.Delivered || len(attempts) != 1 || len(w.calls()) != 1 {
			t.Errorf("%+v, %d attempts, %d calls, %v", d, len(attempts), len(w.calls()), err)
		}
		if s := worker.Stats(); s.InFlight != 0 || s.Delivered != 1 {
			t.Errorf("%+v", s)
		}
	})
}
