package webhook_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/testlong"
	"namets/internal/webhook"
)

// ask has somebody subscribe, who waits for the confirmation.
func ask(t testing.TB, db *sqlite.DB, email string) {
	t.Helper()
	err := db.RequestSubscription(context.Background(), by, namets.SubscriptionRequest{Email: email, DoubleOptIn: true,
		Notify: namets.Preferences{Announcements: true}}, namets.Links("https://example.org"))
	if err != nil {
		t.Fatal(err)
	}
}

// arrived returns when the first webhook with the text was sent.
func (w *wire) arrived(text string) (at time.Time) {
	for _, c := range w.calls() {
		if strings.Contains(c.body, text) {
			return c.at
		}
	}
	return at
}

// count returns how many attempts were made.
func (w *wire) count() int {
	return len(w.calls())
}

func hang(_ int, r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestWorker_letsNobodyWaitBehindWhatHangs has somebody subscribe again and again while nothing is
// answered.
func TestWorker_letsNobodyWaitBehindWhatHangs(t *testing.T) {
	const crowd = 60
	for _, tt := range []struct {
		name  string
		queue func(t *testing.T, db *sqlite.DB, i int)
	}{
		{"of other kinds", func(t *testing.T, db *sqlite.DB, _ int) { ping(t, db) }},
		{"of the same kind", func(t *testing.T, db *sqlite.DB, i int) {
			ask(t, db, fmt.Sprint("crowd", i, "@example.org"))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{answer: hang}
			bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
				for i := range crowd {
					tt.queue(t, db, i)
				}
				for _, pause := range []time.Duration{0, 3 * time.Second, 20 * time.Second, 40 * time.Second,
					time.Minute, 2 * time.Minute, 20 * time.Minute} {
					wait(pause)
					began := time.Now()
					who := fmt.Sprint("after-", pause, "@example.org")
					ask(t, db, who)
					wait(10 * time.Second)
					if at := w.arrived(who); at.IsZero() || at.Sub(began) > 5*time.Second {
						t.Errorf("after %v more it left after %v", pause, at.Sub(began))
					}
				}
			})
		})
	}
}

// TestWorker_takesAPersonFirstInABacklog commits while thousands of others wait.
func TestWorker_takesAPersonFirstInABacklog(t *testing.T) {
	n := testlong.Size(20_000, 100_000)
	path := filepath.Join(t.TempDir(), "namets.db")
	db := openDB(t, path, nil)
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, query := range []string{
		`with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
			insert into deliveries (webhook_id, kind, entity, entity_id, state, recipients, created_at, next_at)
			select 'msg_' || i, 'ping', '', 0, 'pending', 0, 1, 1 from n`,
		`insert into delivery_bodies select id, '[]', '{}' from deliveries where $1 > 0`,
	} {
		if _, err := raw.ExecContext(t.Context(), query, n); err != nil {
			t.Fatal(err)
		}
	}
	arrived := make(chan time.Time, 10)
	rec := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 30 {
			arrived <- time.Now()
		}
	}))
	t.Cleanup(rec.Close)
	worker, _ := start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{}),
		Hints: db.Queued()})
	tick, end := time.NewTicker(time.Millisecond), time.Now().Add(deadline)
	defer tick.Stop()
	for worker.Stats().Delivered < 100 {
		if time.Now().After(end) {
			t.Fatalf("%+v", worker.Stats())
		}
		<-tick.C
	}
	for i := range 5 {
		ask(t, db, fmt.Sprint(i, "@example.org"))
		committed := time.Now()
		if took := within(t, arrived, "no webhook arrives").Sub(committed); took > time.Second {
			t.Errorf("it arrived %v after its commit", took)
		}
	}
	if s, err := db.DeliveryStats(t.Context()); err != nil || s.Pending < n/2 {
		t.Errorf("the backlog was too short: %+v, %v", s, err)
	}
}

// TestWorker_wakesAReceiverThatNeedsAMinute has a receiver that wakes up while somebody waits for
// it for a minute, and sleeps on when it is left before.
func TestWorker_wakesAReceiverThatNeedsAMinute(t *testing.T) {
	var gone, awake atomic.Bool
	gone.Store(true)
	w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
		switch {
		case gone.Load():
			return hang(n, r)
		case awake.Load():
			return respond(200), nil
		}
		select {
		case <-time.After(time.Minute):
			awake.Store(true)
			return respond(200), nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		for range 100 {
			ping(t, db)
		}
		wait(30 * time.Minute) // nothing answers
		gone.Store(false)
		ping(t, db)
		wait(4 * time.Minute)
		if !awake.Load() {
			t.Error("nobody waited long enough for it to wake up")
		}
		if s, err := db.DeliveryStats(t.Context()); err != nil || s.Pending+s.Dead != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestWorker_givesWhatHangsFewerPlacesAndLessPatience counts what is under way while nothing is
// answered, and after.
func TestWorker_givesWhatHangsFewerPlacesAndLessPatience(t *testing.T) {
	var open, most atomic.Int64
	var up atomic.Bool
	w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
		now := open.Add(1)
		defer open.Add(-1)
		for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
		}
		if up.Load() {
			time.Sleep(time.Second)
			return respond(200), nil
		}
		return hang(n, r)
	}}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		for range 100 {
			ping(t, db)
		}
		wait(2 * time.Minute)
		most.Store(0)
		before := w.count()
		wait(3 * time.Minute)
		if m := most.Load(); m > 4 {
			t.Errorf("%d attempts under way while nothing is answered", m)
		}
		if made := w.count() - before; made < 40 {
			t.Errorf("%d attempts in three minutes: too patient", made)
		}
		up.Store(true)
		wait(2 * time.Minute)
		if m := most.Load(); m != webhook.Parallel {
			t.Errorf("%d attempts under way when answers come again", m)
		}
		if s, err := db.DeliveryStats(t.Context()); err != nil || s.Pending+s.Dead != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestWorker_sendsToAReceiverThatTakesConnectionsAndSaysNothing is with real sockets.
func TestWorker_sendsToAReceiverThatTakesConnectionsAndSaysNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	hung, hangUp := context.WithCancel(context.Background())
	defer hangUp()
	got := make(chan string, 1000)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer context.AfterFunc(hung, func() { conn.Close() })()
				defer conn.Close()
				buf := make([]byte, 4096)
				for {
					n, err := conn.Read(buf)
					if err != nil {
						return
					}
					got <- string(buf[:n])
				}
			}()
		}
	}()
	db := newDB(t)
	for range 200 {
		ping(t, db)
	}
	_, stop := start(t, webhook.Config{Store: db,
		Client: newClient(t, "http://"+l.Addr().String(), webhook.ClientConfig{}), Hints: db.Queued()})
	for range webhook.Parallel {
		within(t, got, "too few are under way")
	}
	ask(t, db, "amina@example.org")
	began := time.Now()
	for !strings.Contains(within(t, got, "it never left"), "amina@example.org") {
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it left after %v", took)
	}
	hangUp() // else stopping waits for answers
	stop()
}

// TestWorker_keepsPlacesForTheRestWhenConfirmationsHang has a workflow that hangs in one branch.
func TestWorker_keepsPlacesForTheRestWhenConfirmationsHang(t *testing.T) {
	w := &wire{}
	w.answer = func(n int, r *http.Request) (*http.Response, error) {
		if r.ContentLength > 30 {
			return hang(n, r)
		}
		return respond(200), nil
	}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		for i := range 100 {
			ask(t, db, fmt.Sprint(i, "@example.org"))
		}
		wait(5 * time.Minute)
		began := time.Now()
		for range 50 {
			ping(t, db)
		}
		wait(2 * time.Second)
		if s, _ := db.DeliveryStats(t.Context()); s.Pending != 100 {
			t.Errorf("%+v after %v", s, time.Since(began))
		}
	})
}
