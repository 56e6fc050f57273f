package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"namets/internal/api"
	"namets/internal/server"
	"namets/internal/store"
)

// pathsInterval is how often serve looks which of the six paths were read.
const pathsInterval = 5 * time.Second

// pollerStore knows who asks. *store.DB documents the methods.
type pollerStore interface {
	SawPath(path string)
	RecordHeartbeats(ctx context.Context, stopping bool) error
}

// pollerWatch finds out who has stopped asking.
type pollerWatch struct {
	store pollerStore
	// answers returns the counts of the answers of a path.
	answers func(path string) []server.RequestCount

	read map[string]uint64 // path → how often it was read until the last look
}

// watchPollers finds out who has stopped asking, until ctx ends.
func (a *App) watchPollers(ctx context.Context) error {
	w := &pollerWatch{store: a.db, answers: a.server.AnswersOf, read: map[string]uint64{}}
	return w.run(ctx, a.log)
}

// run records who asks, at once and every [store.HeartbeatInterval], until ctx ends; then it does
// so once more and returns nil. A request of the six paths pays nothing for it: they are counted
// anyway.
func (w *pollerWatch) run(ctx context.Context, log *slog.Logger) error {
	look, record := time.NewTicker(pathsInterval), time.NewTicker(store.HeartbeatInterval)
	defer look.Stop()
	defer record.Stop()
	w.record(ctx, log, false)
	for {
		select {
		case <-look.C:
			w.look()
		case <-record.C:
			w.record(ctx, log, false)
		case <-ctx.Done():
			w.record(ctx, log, true)
			return nil
		}
	}
}

// record looks, and stores what is known, also after the end of ctx.
func (w *pollerWatch) record(ctx context.Context, log *slog.Logger, stopping bool) {
	w.look()
	if err := w.store.RecordHeartbeats(context.WithoutCancel(ctx), stopping); err != nil {
		log.Error("the heartbeats cannot be recorded; they are kept until they can", "error", err)
	}
}

// look finds out which paths were read since the last look. A request that is refused does not
// count.
func (w *pollerWatch) look() {
	for _, path := range api.Paths() {
		var n uint64
		for _, r := range w.answers(path) {
			if r.Method == http.MethodGet && r.Status != http.StatusForbidden {
				n += r.Count
			}
		}
		if n > w.read[path] {
			w.store.SawPath(path)
		}
		w.read[path] = n
	}
}
