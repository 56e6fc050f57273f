package app

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// catchHangups must be called before commands find the process in the lock: until then SIGHUP
// would end the process.
func (a *App) catchHangups(context.Context) error {
	signal.Notify(a.hangup, syscall.SIGHUP)
	a.closeLater(func() error { signal.Stop(a.hangup); return nil })
	return nil
}

// obeyHangups reads the signing key and the token again at each SIGHUP, until ctx ends.
func (a *App) obeyHangups(ctx context.Context) error {
	return atHangup(ctx, a.hangup, func() { a.webhooks.keys.reload(a.getenv, a.log) }, func() {
		_ = a.token.Refresh(ctx) // the source logs the result
		a.webhooks.worker.Wake()
	})
}

// atHangup calls first and then reload at each signal until ctx ends. It does not wait for reload
// before the next signal, because the source may hang, but it waits before it returns.
func atHangup(ctx context.Context, hangup <-chan os.Signal, first, reload func()) error {
	var reloads sync.WaitGroup
	defer reloads.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hangup:
			first()
			reloads.Go(reload)
		}
	}
}
