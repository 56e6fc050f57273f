package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"

	"namets/internal/config"
)

// listen opens the configured port, and the address for metrics if there is one.
func (a *App) listen(ctx context.Context) (err error) {
	if a.listener, err = listen(ctx, a.cfg); err != nil {
		return err
	}
	a.closeLater(closeListener(a.listener)) // the server closes it too, when it comes so far
	a.cfg.TakePort(a.listener.Addr().(*net.TCPAddr).Port)
	if a.metricsListener, err = listenMetrics(ctx, a.cfg); err != nil || a.metricsListener == nil {
		return err
	}
	a.closeLater(closeListener(a.metricsListener))
	return nil
}

// closeListener closes a listener that may already be closed.
func closeListener(l net.Listener) func() error {
	return func() error { _ = l.Close(); return nil }
}

// listen opens the configured port. Its error names the variable that is wrong and what would be
// right.
func listen(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("PORT: %w: stop the other program, or set another PORT", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("PORT: %w: set another PORT, above 1023", err)
	}
	return nil, fmt.Errorf("HOST: %w: give an address of this machine, or none to listen on all", err)
}

// listenMetrics opens METRICS_ADDR; it returns nil if that is not set.
func listenMetrics(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	if cfg.MetricsAddr == "" {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("METRICS_ADDR: %w: give an address of this machine with a port that is free", err)
	}
	return l, nil
}
