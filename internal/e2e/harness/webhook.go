package harness

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
)

// Received is one webhook as n8n receives it.
type Received struct {
	Header http.Header
	Body   string
}

// Receiver plays n8n's Webhook node and responds with the given status: to a webhook that has come
// out of got, with the status of before.
func Receiver(t *testing.T) (url string, got chan Received, status *atomic.Int32) {
	t.Helper()
	got, status = make(chan Received, 100), &atomic.Int32{}
	status.Store(http.StatusOK)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		code := int(status.Load())
		got <- Received{r.Header, string(body)}
		w.WriteHeader(code)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/webhook/secret-path", got, status
}

// Next returns the next webhook, which must arrive soon.
func Next(t *testing.T, got chan Received) Received {
	t.Helper()
	var next Received
	select {
	case next = <-got:
	case <-time.After(20 * time.Second):
		t.Fatal("no webhook arrived")
	}
	return next
}

// Write changes the database as another process would.
func Write(t *testing.T, env Environment, fn func(context.Context, *sqlite.DB) error) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(env["DATA_DIR"], "namets.db"),
		Zone: time.UTC, Driver: sqlitetest.Driver(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fn(t.Context(), db), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// Announcement returns an announcement that is due at the time.
func Announcement(slug string, at time.Time) namets.Announcement {
	return namets.Announcement{Title: "T & <b>", Slug: slug, Content: "c", Category: namets.General, PublishAt: at,
		IsActive: true, SendEmail: true}
}

// QueuePing queues a ping as another process would.
func QueuePing(t *testing.T, env Environment) {
	t.Helper()
	Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.QueuePing(ctx, namets.Actor{})
		return err
	})
}
