package webhook_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/testlong"
	"namets/internal/webhook"
)

// switchable is a receiver that is out of reach until up is set, and thinks for a moment before it
// answers.
func switchable(up *atomic.Bool, think time.Duration) *wire {
	return &wire{answer: func(int, *http.Request) (*http.Response, error) {
		if !up.Load() {
			return nil, refused()
		}
		time.Sleep(think) // virtual
		return respond(200), nil
	}}
}

// failed queues n pings that have failed once; their next attempts lie within ten hours from now.
func failed(t *testing.T, db *sqlite.DB, n int) {
	t.Helper()
	for range n {
		ping(t, db)
	}
	claims, err := db.ClaimDeliveries(t.Context(), n, time.Minute)
	if err != nil || len(claims) != n {
		t.Fatal(len(claims), err)
	}
	var outcomes []namets.Outcome
	for i, c := range claims {
		outcomes = append(outcomes, namets.Outcome{ID: c.ID, State: namets.Pending,
			Next:    time.Now().Add(2*time.Hour + 8*time.Hour*time.Duration(i)/time.Duration(n)),
			Attempt: &namets.Attempt{At: time.Now(), Error: "connection refused"}})
	}
	if err := db.RecordOutcomes(t.Context(), outcomes); err != nil {
		t.Fatal(err)
	}
}

// failures returns the largest number of counted failures of a pending delivery, and how many are
// pending or dead.
func failures(t *testing.T, path string) (most, pending, dead int) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	err = raw.QueryRowContext(t.Context(), `select coalesce(max(failures), 0), coalesce(sum(state = 'pending'), 0),
			coalesce(sum(state = 'dead'), 0)
		from deliveries where state <> 'delivered'`).Scan(&most, &pending, &dead)
	if err != nil {
		t.Fatal(err)
	}
	return most, pending, dead
}

// TestWorker_sendsWhatWaitsWhenTheReceiverIsBack has an outage that began before the worker did.
func TestWorker_sendsWhatWaitsWhenTheReceiverIsBack(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     int // how many wait
		think time.Duration
	}{
		{"quickly", testlong.Size(400, 2000), 50 * time.Millisecond},
		{"slowly", testlong.Size(150, 600), time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var up atomic.Bool
			w, path := switchable(&up, tt.think), filepath.Join(t.TempDir(), "namets.db")
			synctest.Test(t, func(t *testing.T) {
				db := openDB(t, path, nil)
				failed(t, db, tt.n)
				time.Sleep(time.Minute)
				_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(),
					Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
				defer stop()
				time.Sleep(time.Hour)
				synctest.Wait()
				if w.count() != 1 {
					t.Fatalf("%d attempts while it is out of reach, want one at the start", w.count())
				}
				up.Store(true)
				ping(t, db)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if w.count() < 102 {
					t.Errorf("%d attempts in ten seconds", w.count())
				}
				time.Sleep(50 * time.Second)
				synctest.Wait()
				if s, err := db.DeliveryStats(t.Context()); err != nil || s.Pending+s.Dead != 0 || w.count() != tt.n+2 {
					t.Errorf("%+v after %d attempts, %v", s, w.count(), err)
				}
			})
		})
	}
}

func TestWorker_sendsOneOfWhatWaitsAtTheStart(t *testing.T) {
	var up atomic.Bool
	up.Store(true)
	w, path := switchable(&up, time.Millisecond), filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		failed(t, db, 200)
		time.Sleep(time.Minute)
		_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(),
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
		defer stop()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if s, err := db.DeliveryStats(t.Context()); err != nil || s.Pending+s.Dead != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestWorker_losesNoAttemptsToARelapse has a receiver that takes five and fails again, time
// after time.
func TestWorker_losesNoAttemptsToARelapse(t *testing.T) {
	n, relapses := testlong.Size(200, 1000), testlong.Size(8, 30)
	var budget atomic.Int64
	w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
		time.Sleep(10 * time.Millisecond)
		if budget.Add(-1) < 0 {
			return respond(503), nil
		}
		return respond(200), nil
	}}
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		failed(t, db, n)
		time.Sleep(time.Minute)
		_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(),
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
		defer stop()
		for range relapses {
			time.Sleep(time.Minute)
			budget.Store(5)
			ping(t, db)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if most, pending, dead := failures(t, path); most > 1 || dead != 0 || pending > n-2*relapses {
			t.Errorf("%d failures count against one; %d pending, %d dead", most, pending, dead)
		}
		if w.count() > relapses*40 {
			t.Errorf("%d attempts for %d answers", w.count(), 5*relapses)
		}
		budget.Store(1 << 40)
		ping(t, db)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if _, pending, dead := failures(t, path); pending+dead > 0 {
			t.Errorf("%d pending, %d dead when it is back for good", pending, dead)
		}
	})
}

// TestWorker_leavesWhatFailsByItselfToItsSchedule has one delivery that is always refused among
// others that are taken.
func TestWorker_leavesWhatFailsByItselfToItsSchedule(t *testing.T) {
	refused := 0
	var poison string
	w := &wire{}
	w.answer = func(_ int, r *http.Request) (*http.Response, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if id := r.Header.Get("webhook-id"); poison == "" || id == poison {
			poison = id
			refused++
			return respond(500), nil
		}
		return respond(200), nil
	}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		id := ping(t, db)
		wait(time.Second)
		for range 24 * 4 {
			wait(15 * time.Minute)
			ping(t, db)
		}
		wait(time.Second)
		d, _, err := db.Delivery(t.Context(), id)
		if err != nil || d.State != namets.Pending || d.NextAttempt == nil {
			t.Errorf("after a day: %+v, %v", d, err)
		}
		if refused < 8 || refused > 45 {
			t.Errorf("%d attempts in a day", refused)
		}
		if s, _ := db.DeliveryStats(t.Context()); s.Pending != 1 {
			t.Errorf("others wait: %+v", s)
		}
	})
}

func TestWorker_leavesTheReceiverAloneForAsLongAsItWants(t *testing.T) {
	w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
		if n == 1 {
			return respond(429, "Retry-After", "600"), nil
		}
		return respond(200), nil
	}}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		ping(t, db)
		wait(time.Second)
		for range 20 {
			ping(t, db)
			wait(time.Minute)
		}
		for i, c := range w.calls()[1:] {
			if c.id == w.calls()[0].id && c.at.Sub(w.calls()[0].at) < 10*time.Minute {
				t.Errorf("attempt %d came after %v", i+2, c.at.Sub(w.calls()[0].at))
			}
		}
		if s, _ := db.DeliveryStats(t.Context()); s.Pending != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// TestWorker_keepsTheOrderOfEachRowWhenTheReceiverIsBack changes people during an outage.
func TestWorker_keepsTheOrderOfEachRowWhenTheReceiverIsBack(t *testing.T) {
	const people, changes = 20, 4
	var up atomic.Bool
	w := switchable(&up, 5*time.Millisecond)
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		for p := range people {
			id := subscribe(t, db, fmt.Sprint(p, "@example.org"))
			for c := range changes {
				yes := c%2 == 0
				if err := db.UpdateSubscriber(t.Context(), by, id, 0,
					namets.SubscriberPatch{Events: &yes}); err != nil {
					t.Fatal(err)
				}
				wait(7 * time.Second)
			}
		}
		wait(time.Hour)
		before := w.count()
		up.Store(true)
		ping(t, db)
		wait(30 * time.Second)
		got := map[string][]string{}
		for _, c := range w.calls()[before:] {
			if _, rest, ok := strings.Cut(c.body, `"email":"`); ok {
				email, _, _ := strings.Cut(rest, `"`)
				got[email] = append(got[email], c.body[strings.Index(c.body, `"events":`):][:len(`"events":tr`)])
			}
		}
		for p := range people {
			email := fmt.Sprint(p, "@example.org")
			if s := strings.Join(got[email], " "); s != `"events":fa "events":tr "events":fa "events":tr "events":fa` {
				t.Errorf("%s: %s", email, s)
			}
		}
	})
}

func TestWorker_goesOnWithWhatWaitsWhenOneThatWasWokenIsDelivered(t *testing.T) {
	var up atomic.Bool
	w, path := switchable(&up, 5*time.Millisecond), filepath.Join(t.TempDir(), "namets.db")
	bubbleAt(t, path, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		for range 50 {
			ping(t, db)
		}
		wait(time.Hour)
		up.Store(true)
		if n, err := db.WakeSome(t.Context(), by, 2); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		wait(5 * time.Second)
		if _, pending, dead := failures(t, path); pending+dead > 0 {
			t.Errorf("%d pending, %d dead", pending, dead)
		}
	})
}
