package webhook_test

import (
	"bytes"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/webhook"
)

// wire is a receiver inside a bubble of synctest, where real sockets cannot be.
type wire struct {
	mu     sync.Mutex
	got    []call
	answer func(n int, r *http.Request) (*http.Response, error) // n counts from 1; nil: 200
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.got = append(w.got, call{r.Header.Get("webhook-id"), string(body), time.Now()})
	n := len(w.got)
	w.mu.Unlock()
	if w.answer == nil {
		return respond(200), nil
	}
	return w.answer(n, r)
}

// calls returns what has come until now.
func (w *wire) calls() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

func respond(status int, headers ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

// refused is the error of a connection that nobody takes.
func refused() error { return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED} }

// bubble runs a test in virtual time, with a real database, a worker and a wire. wait lets time
// pass until the worker has nothing more to do in it.
func bubble(t *testing.T, w *wire, test func(t *testing.T, db *sqlite.DB, wait func(time.Duration))) {
	bubbleAt(t, filepath.Join(t.TempDir(), "namets.db"), w, test)
}

func bubbleAt(t *testing.T, path string, w *wire, test func(t *testing.T, db *sqlite.DB, wait func(time.Duration))) {
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		cfg := webhook.Config{Store: db, Hints: db.Queued(), Retention: 24 * time.Hour,
			Random: func() float64 { return 0.5 },
			Client: newClient(t, "http://n8n.example/webhook/secret-path", webhook.ClientConfig{Transport: w})}
		_, stop := start(t, cfg)
		defer stop()
		test(t, db, func(d time.Duration) {
			time.Sleep(d) // virtual
			synctest.Wait()
		})
	})
}

func TestWorker_triesTwelveTimesAndGivesUpVisibly(t *testing.T) {
	w := &wire{answer: func(int, *http.Request) (*http.Response, error) { return nil, refused() }}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		began := time.Now()
		id := ping(t, db)
		wait(4 * 24 * time.Hour)
		if len(w.calls()) != 12 {
			t.Fatalf("%d attempts, want 12", len(w.calls()))
		}
		planned := began
		for i, c := range w.calls() {
			if c.id != w.calls()[0].id || c.body != w.calls()[0].body {
				t.Errorf("attempt %d is %+v", i+1, c)
			}
			if late := c.at.Sub(planned); late < 0 || late > time.Millisecond {
				t.Errorf("attempt %d came %v after its time", i+1, late)
			}
			if i < 11 {
				planned = c.at.Add(webhook.Delays()[i])
			}
		}
		d, attempts, err := db.Delivery(t.Context(), id)
		if err != nil || d.State != namets.Dead || len(attempts) != 12 || d.Attempts != 12 ||
			d.LastError != "connection refused: nothing listens at this host and port" {
			t.Errorf("%+v, %d attempts, %v", d, len(attempts), err)
		}
		if err := db.RetryDelivery(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		wait(6 * time.Second)
		if len(w.calls()) != 14 || w.calls()[13].id != w.calls()[0].id {
			t.Errorf("%d attempts after it was set back, want 14", len(w.calls()))
		}
	})
}

func TestWorker_bringsEverythingToAReceiverThatSleptAMinute(t *testing.T) {
	var wakes time.Time
	w := &wire{answer: func(_ int, r *http.Request) (*http.Response, error) {
		if time.Now().Before(wakes) {
			<-r.Context().Done() // it does not answer while it starts
			return nil, r.Context().Err()
		}
		return respond(200), nil
	}}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		wakes = time.Now().Add(time.Minute)
		for range 3 * webhook.Parallel {
			ping(t, db)
		}
		wait(10 * time.Minute)
		stats, err := db.DeliveryStats(t.Context())
		if err != nil || stats.Pending+stats.Dead != 0 {
			t.Errorf("%+v, %v", stats, err)
		}
	})
}

func TestWorker_obeysRetryAfter(t *testing.T) {
	w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
		switch n {
		case 1:
			return respond(503, "Retry-After", "100"), nil
		case 2:
			return respond(429, "Retry-After", time.Now().Add(200*time.Second).UTC().Format(http.TimeFormat)), nil
		}
		return respond(200), nil
	}}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		ping(t, db)
		wait(time.Hour)
		if len(w.calls()) != 3 {
			t.Fatalf("%d attempts, want 3", len(w.calls()))
		}
		for i, want := range []time.Duration{100 * time.Second, 200 * time.Second} {
			if got := w.calls()[i+1].at.Sub(w.calls()[i].at); got < want || got > want+time.Second {
				t.Errorf("waited %v, want %v", got, want)
			}
		}
	})
}

func TestWorker_announcesAtTheMoment(t *testing.T) {
	w := &wire{}
	bubble(t, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		subscribe(t, db, "a@example.org")
		at := time.Now().Add(3*time.Hour + 123*time.Millisecond)
		a := namets.Announcement{Title: "T", Category: namets.General, PublishAt: at.Add(time.Hour), IsActive: true,
			SendEmail: true}
		id, err := db.CreateAnnouncement(t.Context(), by, a)
		if err != nil {
			t.Fatal(err)
		}
		wait(time.Hour)
		a.ID, a.PublishAt = id, at // earlier than before
		if err := db.UpdateAnnouncement(t.Context(), by, 0, a); err != nil {
			t.Fatal(err)
		}
		wait(6 * time.Hour)
		if len(w.calls()) != 2 || !strings.Contains(w.calls()[1].body, "announcement_created") {
			t.Fatalf("calls: %+v", w.calls())
		}
		if late := w.calls()[1].at.Sub(at); late < 0 || late > time.Millisecond {
			t.Errorf("it came %v after its time", late)
		}
	})
}

func TestWorker_sendsNothingBeforeItIsKnownHowToSign(t *testing.T) {
	w := &wire{}
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		var known atomic.Bool
		var asked atomic.Int64
		var log bytes.Buffer
		_, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(), Log: slog.New(slog.NewTextHandler(&log, nil)),
			Ready:  func() bool { asked.Add(1); return known.Load() },
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
		ping(t, db)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(w.calls()) != 0 {
			t.Errorf("%d attempts", len(w.calls()))
		}
		known.Store(true)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(w.calls()) != 1 {
			t.Errorf("%d attempts after it is known", len(w.calls()))
		}
		answered := asked.Load()
		ping(t, db)
		time.Sleep(time.Second)
		stop()
		if more := asked.Load() - answered; len(w.calls()) != 2 || more != 0 {
			t.Errorf("%d attempts; asked %d times more", len(w.calls()), more)
		}
		if n := strings.Count(log.String(), "\n"); n != 2 {
			t.Errorf("%d lines in the log, want one for the wait and one for its end:\n%s", n, &log)
		}
	})
}

func TestWorker_looksEveryThirtySecondsWithoutAHint(t *testing.T) {
	w := &wire{}
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db, other := openDB(t, path, nil), openDB(t, path, nil)
		_, stop := start(t, webhook.Config{Store: db,
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})})
		defer stop()
		time.Sleep(time.Second)
		began := time.Now()
		ping(t, other)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.calls()) != 1 || w.calls()[0].at.Sub(began) > 30*time.Second {
			t.Errorf("calls: %+v", w.calls())
		}
	})
}

func TestWorker_removesWhatWasKeptLongEnough(t *testing.T) {
	bubble(t, &wire{}, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		id := ping(t, db)
		wait(23 * time.Hour)
		if _, _, err := db.Delivery(t.Context(), id); err != nil {
			t.Errorf("after 23 hours: %v", err)
		}
		wait(2*time.Hour + time.Minute)
		if _, _, err := db.Delivery(t.Context(), id); namets.CodeOf(err) != namets.NotFound {
			t.Errorf("after 25 hours: %v", err)
		}
	})
}

func TestWorker_stopsWithinThreeSecondsAndSendsTheSameAgain(t *testing.T) {
	w := &wire{answer: func(n int, r *http.Request) (*http.Response, error) {
		if n > 1 {
			return respond(200), nil
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}}
	path := filepath.Join(t.TempDir(), "namets.db")
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		cfg := webhook.Config{Store: db, Hints: db.Queued(),
			Client: newClient(t, "http://n8n.example/", webhook.ClientConfig{Transport: w})}
		id := ping(t, db)
		_, stop := start(t, cfg)
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("stopping took %v", took)
		}
		d, attempts, err := db.Delivery(t.Context(), id)
		if err != nil || d.InFlight || d.State != namets.Pending || d.NextAttempt == nil ||
			d.NextAttempt.After(time.Now()) || len(attempts) != 1 ||
			attempts[0].Duration != 4*time.Second || !strings.Contains(attempts[0].Error, "stopped") {
			t.Errorf("%+v, %v, %v", d, attempts, err)
		}
		if s, err := db.DeliveryStats(t.Context()); err != nil || s.Waiting != 0 {
			t.Errorf("being cut off counts as a failure: %+v, %v", s, err)
		}
		_, stop = start(t, cfg)
		time.Sleep(time.Second)
		stop()
		if len(w.calls()) != 2 || w.calls()[0].id != w.calls()[1].id {
			t.Errorf("calls: %+v", w.calls())
		}
	})
}

func TestWorker_waitsOutTroubleWithTheDatabaseWithoutSendingTwice(t *testing.T) {
	w, path := &wire{}, filepath.Join(t.TempDir(), "namets.db")
	bubbleAt(t, path, w, func(t *testing.T, db *sqlite.DB, wait func(time.Duration)) {
		raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		exec := func(query string) {
			t.Helper()
			wait(0) // until the worker has nothing to write: while it waits for the disk, virtual seconds pass at once
			if _, err := raw.ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		exec(`create trigger broken before insert on attempts begin select raise(abort, 'no'); end`)
		id := ping(t, db)
		wait(5 * time.Minute)
		if len(w.calls()) != 1 {
			t.Errorf("%d attempts while nothing could be written, want 1", len(w.calls()))
		}
		exec(`drop trigger broken`)
		wait(2 * time.Second)
		d, attempts, err := db.Delivery(t.Context(), id)
		if err != nil || d.State != namets.Delivered || len(attempts) != 1 || len(w.calls()) != 1 {
			t.Errorf("%+v, %d attempts, %d calls, %v", d, len(attempts), len(w.calls()), err)
		}
	})
}
