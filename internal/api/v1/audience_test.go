package v1_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
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

func TestAudience_holdsNothingOfTheDatabaseWhileAClientIsSlow(t *testing.T) {
	s := newSite(t)
	var rows strings.Builder
	for i := range 300 { // more than a buffer of the answer
		fmt.Fprintf(&rows, `,{"email":"reader%d@example.org",%s}`, i, agreed)
	}
	s.post(t, "/api/v1/subscribers/batch", "["+rows.String()[1:]+"]").want(http.StatusOK)
	const clients = 40 // more than there are connections for reading
	stalled, released := make(chan struct{}, clients), make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(released)
	for range clients {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/audience/events", nil)
			r.Header.Set("X-N8N-Token", goodToken)
			var once sync.Once
			s.ServeHTTP(stalledWriter{httptest.NewRecorder(), func() { once.Do(func() { stalled <- struct{}{} }) },
				released}, r)
		})
	}
	deadline := time.After(20 * time.Second)
	for n := range clients {
		select {
		case <-stalled:
		case <-deadline:
			t.Fatalf("only %d of %d audiences are read while nobody takes them", n, clients)
		}
	}
	s.get(t, "/api/v1/subscribers?limit=1").want(http.StatusOK)
}
