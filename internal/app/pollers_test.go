package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/namets"
	"namets/internal/server"
)

// TestPollerWatch_tellsHooksOncePerSilence lets something read a path every 10 minutes for an hour,
// and then not any more.
func TestPollerWatch_tellsHooksOncePerSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hooks := newAlerted(t, namets.TypeN8NSilent)
		var read, refused atomic.Uint64
		start := func() (stop func()) {
			w := &pollerWatch{store: hooks.db, read: map[string]uint64{}}
			w.answers = func(path string) []server.RequestCount {
				if path != "/api/events/upcoming/" {
					return nil
				}
				return []server.RequestCount{{Route: path, Method: http.MethodGet, Status: 200, Count: read.Load()},
					{Route: path, Method: http.MethodGet, Status: 403, Count: refused.Load()},
					{Route: path, Method: http.MethodHead, Status: 200, Count: refused.Load()}}
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- w.run(ctx, slog.New(slog.DiscardHandler)) }()
			return func() {
				t.Helper()
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		}
		stop := start()
		minutes := func(n int) { time.Sleep(time.Duration(n)*time.Minute + time.Second) }
		run := func() {
			read.Add(3)
			time.Sleep(10 * time.Minute)
		}
		for range 6 {
			run()
		}
		minutes(20)
		hooks.want("for 30 minutes")
		refused.Add(1)
		minutes(2)
		hooks.want("for 32 minutes",
			"Nothing reads /api/events/upcoming/ any more: it was usually read every 10 minutes")
		minutes(60)
		hooks.want("it was told")
		run()
		stop()
		time.Sleep(24 * time.Hour)
		read.Store(0) // the counters of a new process
		stop = start()
		minutes(15)
		hooks.want("namets did not run")
		minutes(8)
		hooks.want("it has not been read since", `"about":"/api/events/upcoming/"`)
		stop()
	})
}
