package admin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"namets/internal/namets"
)

// stalledWriter is a client that takes nothing of its answer before it is released.
type stalledWriter struct {
	*httptest.ResponseRecorder
	stalled  func()
	released <-chan struct{}
}

func (w stalledWriter) Write(p []byte) (int, error) {
	w.stalled()
	<-w.released
	return w.ResponseRecorder.Write(p)
}

func TestExport_holdsNothingOfTheDatabaseWhileAClientIsSlow(t *testing.T) {
	w := newWorld(t)
	w.enrol(500) // more than a buffer of the answer
	w.get(namets.Editor, "/admin/subscribers").Result().Body.Close()
	const clients = 40 // more than there are connections for reading
	stalled, released := make(chan struct{}, clients), make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(released)
	for range clients {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet,
			"http://namets.example/admin/subscribers/export", nil)
		for name, value := range w.cookies[namets.Editor] {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		all.Go(func() {
			var once sync.Once
			w.handler.ServeHTTP(stalledWriter{httptest.NewRecorder(),
				func() { once.Do(func() { stalled <- struct{}{} }) }, released}, r)
		})
	}
	deadline := time.After(20 * time.Second)
	for n := range clients {
		select {
		case <-stalled:
		case <-deadline:
			t.Fatalf("only %d of %d tables are read while nobody takes them", n, clients)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := w.db.Subscriber(ctx, 1); err != nil {
		t.Errorf("another read: %v", err)
	}
}
