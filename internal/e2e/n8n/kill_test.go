package n8n_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// TestN8N_copiesEverybodyWhenItIsKilled kills a run of sync after five of twelve rows. The next run
// after the end of its lease writes all of them, and the one after that nothing.
func TestN8N_copiesEverybodyWhenItIsKilled(t *testing.T) {
	if !testlong.On() {
		t.Skip("it starts n8n six times: .ci/long runs it")
	}
	file, people := crowd(t, 12)
	port := harness.FreePort(t)
	r := newN8NRigOf(t, file, "PORT", port, "PUBLIC_URL", "http://127.0.0.1:"+port)
	r.importCredentials(t)
	tb := newTable(t)
	const before = 5
	var written atomic.Int32
	hangs := make(chan struct{}, len(people))
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if n := written.Add(1); n > before && n <= int32(len(people)) { // the first run
			_, _ = io.Copy(io.Discard, req.Body) // then the end of the connection ends the context
			hangs <- struct{}{}
			<-req.Context().Done()
			return
		}
		tb.Config.Handler.ServeHTTP(w, req)
	}))
	t.Cleanup(gate.Close)
	r.n8n.ImportWorkflows(t, r.byHand(t, "sync", func(node map[string]any) {
		if node["name"] == "Table" {
			p := node["parameters"].(map[string]any)
			p["url"] = strings.Replace(p["url"].(string), "https://YOUR-TABLE", gate.URL, 1)
		}
	}))
	want := func(when string, requests, rows int) {
		t.Helper()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		if got := int(written.Load()); got != requests || len(tb.rows) != rows {
			t.Errorf("%s: %d requests and %d rows, want %d and %d", when, got, len(tb.rows), requests, rows)
		}
	}
	all := make(chan struct{})
	go func() {
		defer close(all)
		for range len(people) - before {
			<-hangs
		}
	}()
	r.n8n.ExecuteAndKill(t, "nametsSync", all)
	want("killed", len(people), before)
	r.run(t, "nametsSync")
	want("while the killed run has the lease", len(people), before)
	_, err := harness.RawDatabase(t, r.env).ExecContext(t.Context(), "update consumers set leased_until = 1")
	if err != nil {
		t.Fatal(err)
	}
	r.run(t, "nametsSync")
	want("after the lease", 2*len(people), len(people))
	r.run(t, "nametsSync")
	want("at the end", 2*len(people), len(people))
}
