package webhook_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/webhook"
)

// wrongClock is a wall clock that a test sets.
type wrongClock struct{ ahead atomic.Int64 }

func (c *wrongClock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *wrongClock) set(by time.Duration) { c.ahead.Store(int64(by)) }

// withClock is bubble with a clock that the test sets, and the log.
func withClock(t *testing.T, w *wire, test func(t *testing.T, c *wrongClock, db *sqlite.DB, log *bytes.Buffer,
	restart func())) {
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		var c wrongClock
		var log bytes.Buffer
		db := openDB(t, path, c.now)
		run := func() func() {
			_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(), Now: c.now,
				Random: func() float64 { return 0.5 },
				Log:    slog.New(slog.NewTextHandler(&log, nil)),
				Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w, Now: c.now})})
			return stop
		}
		stop := run()
		defer func() { stop() }()
		test(t, &c, db, &log, func() { stop(); stop = run() })
	})
}

func TestWorker_leavesNothingLyingWhenTheClockWasAhead(t *testing.T) {
	for _, ahead := range []time.Duration{2 * time.Hour, 400 * 24 * time.Hour} {
		for name, restarts := range map[string]bool{"in one run": false, "over a restart": true} {
			t.Run(ahead.String()+" "+name, func(t *testing.T) {
				var up atomic.Bool
				w := switchable(&up, time.Millisecond)
				withClock(t, w, func(t *testing.T, c *wrongClock, db *sqlite.DB, log *bytes.Buffer, restart func()) {
					time.Sleep(time.Minute)
					for range 20 {
						ping(t, db)
					}
					time.Sleep(10 * time.Second)
					c.set(ahead)
					for range 20 {
						ping(t, db)
					}
					time.Sleep(10 * time.Minute) // they fail under the wrong clock
					for range 5 {
						ping(t, db)
					}
					c.set(0)
					if restarts {
						restart()
					}
					ping(t, db)
					time.Sleep(time.Minute)
					up.Store(true)
					ping(t, db)
					time.Sleep(time.Minute)
					synctest.Wait()
					if s, err := db.DeliveryStats(t.Context()); err != nil || s.Pending+s.Dead != 0 {
						t.Errorf("%+v, %v", s, err)
					}
				})
			})
		}
	}
}

// TestWorker_sendsWhatWasQueuedUnderAWrongClock has the clock set back before the worker could
// look.
func TestWorker_sendsWhatWasQueuedUnderAWrongClock(t *testing.T) {
	w := &wire{}
	withClock(t, w, func(t *testing.T, c *wrongClock, db *sqlite.DB, log *bytes.Buffer, _ func()) {
		time.Sleep(time.Second)
		synctest.Wait()
		c.set(10 * time.Hour)
		ping(t, db)
		c.set(0)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if w.count() != 1 {
			t.Errorf("%d attempts", w.count())
		}
	})
}

func TestWorker_logsEachJumpOfTheClockOnce(t *testing.T) {
	withClock(t, &wire{}, func(t *testing.T, c *wrongClock, db *sqlite.DB, log *bytes.Buffer, _ func()) {
		time.Sleep(time.Second)
		for _, ahead := range []time.Duration{50 * time.Second, 0, time.Hour, 0} {
			c.set(ahead)
			time.Sleep(10 * time.Minute)
		}
		synctest.Wait()
		if n := strings.Count(log.String(), "the clock was set"); n != 2 ||
			!strings.Contains(log.String(), "by=1h0m0s") ||
			!strings.Contains(log.String(), "by=-1h0m0s") {
			t.Errorf("%d lines:\n%s", n, log)
		}
	})
}

// TestWorker_givesNothingUpBecauseOfAClockThatWasSetForward keeps a confirmation whose time seems
// to be over, and what was delivered lately.
func TestWorker_givesNothingUpBecauseOfAClockThatWasSetForward(t *testing.T) {
	var up atomic.Bool
	up.Store(true)
	w := &wire{answer: func(int, *http.Request) (*http.Response, error) {
		if !up.Load() {
			return nil, refused()
		}
		return respond(200), nil
	}}
	withClock(t, w, func(t *testing.T, c *wrongClock, db *sqlite.DB, log *bytes.Buffer, _ func()) {
		delivered := ping(t, db)
		time.Sleep(time.Minute)
		up.Store(false)
		ask(t, db, "amina@example.org")
		time.Sleep(time.Minute)
		c.set(3650 * 24 * time.Hour)
		time.Sleep(50 * time.Minute)
		c.set(0)
		up.Store(true)
		ping(t, db)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for _, id := range []int64{delivered, delivered + 1} {
			if d, _, err := db.Delivery(t.Context(), id); err != nil || d.State != namets.Delivered {
				t.Errorf("%+v, %v", d, err)
			}
		}
		up.Store(false)
		ask(t, db, "bilal@example.org")
		time.Sleep(time.Minute)
		c.set(3650 * 24 * time.Hour) // and there it stays: so it was right
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if list, err := db.Deliveries(t.Context(), namets.DeliveryFilter{Kind: namets.SubscriberConfirmation,
			State: namets.Skipped}); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
