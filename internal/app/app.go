// Package app is the wiring of namets: it opens what a serving process needs, joins it into one
// [App], and runs it. It also contains what commands do with the files in DATA_DIR.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"

	"namets/internal/auth"
	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/metrics"
	"namets/internal/server"
	"namets/internal/store/sqlite"
	"namets/static"
)

// Config configures an [App].
type Config struct {
	Settings *config.Config
	// Getenv is called again at SIGHUP, for the signing key.
	Getenv func(name string) string
	// Log gets the log and the access log.
	Log io.Writer
	// Listening is called with the public address once the service responds. Optional.
	Listening func(url string)
}

// App is a namets that serves one data directory. The steps of [New] set its fields, in this order.
type App struct {
	cfg       *config.Config
	getenv    func(string) string
	log       *slog.Logger
	accessLog io.Writer
	listening func(url string)
	restart   *restart
	hangup    chan os.Signal

	dir      datadir.Dir
	lock     *datadir.Lock
	keeper   *backup.Keeper
	db       *sqlite.DB
	token    tokenSource
	tokens   *auth.NamedTokens
	webhooks *webhooks
	assets   *static.Assets
	health   *health

	listener        net.Listener
	metricsListener net.Listener // nil: no metrics are served
	accounts        accounts
	server          *server.Server
	metrics         metrics.Sources

	closers []func() error // of what is open, in the order of opening
}

// New opens everything that a serving process needs, including the port, and returns the App for
// [App.Run]. If ctx ends in the meantime, its error says so. After an error nothing stays open.
func New(ctx context.Context, c Config) (*App, error) {
	a := &App{
		cfg: c.Settings, getenv: c.Getenv, log: newLog(c.Settings, c.Log), accessLog: c.Log, listening: c.Listening,
		restart: newRestart(), hangup: make(chan os.Signal, 1),
	}
	for _, step := range []func(context.Context) error{
		a.catchHangups,   // hangup.go
		a.takeDirectory,  // data.go
		a.restorePending, // restorenext.go
		a.openDatabase,   // database.go
		a.startToken,     // source.go
		a.loadAssets,     // assemble.go
		a.openWebhooks,   // webhook.go
		a.listen,         // listen.go
		a.assemble,       // assemble.go
		a.admitOwner,     // accounts.go
		a.limitMemory,    // memory.go; last, so that little garbage of the start stays
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	return a, nil
}

// Run serves until ctx ends, or returns [ErrRestart] if the admin asks for a restart. Then it
// closes everything. Call it once.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.close()) }()
	if err := a.lock.Listening(a.listener.Addr().String()); err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	work := &tasks{ctx: serving, log: a.log}
	defer work.Wait()
	defer stop()
	a.startTasks(work, stop)
	a.logStart()
	if a.listening != nil {
		a.listening(a.cfg.PublicURL)
	}
	return a.restart.or(ctx, unlessCutOff(a.server.Run(serving), a.log))
}

// Serve is [New] and [App.Run]. If the service is stopped while it starts, its error is nil.
func Serve(ctx context.Context, c Config) error {
	a, err := New(ctx, c)
	if err == nil {
		err = a.Run(ctx)
	}
	return unlessStopped(ctx, err)
}

// closeLater registers fn for [App.close].
func (a *App) closeLater(fn func() error) { a.closers = append(a.closers, fn) }

// close closes what is open, the newest first.
func (a *App) close() (err error) {
	for _, fn := range slices.Backward(a.closers) {
		err = errors.Join(err, fn())
	}
	a.closers = nil
	return err
}

// logStart logs what is served, and settings that are probably mistakes.
func (a *App) logStart() {
	version, _ := Version()
	a.log.Info("namets serves", "version", version, "address", a.listener.Addr().String(), "data_dir", a.dir.Path(),
		"token_source", a.cfg.TokenSource, "token_fingerprint", a.token.Status().Fingerprint,
		"webhooks_to", a.webhooks.host())
	for _, w := range a.cfg.Warnings() {
		a.log.Warn("a setting looks like a mistake", "setting", w.Name, "problem", w.What, "fix", w.Do)
	}
}

// unlessStopped returns err, or nil if err only means that ctx has ended.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// unlessCutOff returns err, but only logs that responses were cut off: a client that reads too
// slowly does not make the stop a failure.
func unlessCutOff(err error, log *slog.Logger) error {
	if errors.Is(err, server.ErrCutOff) {
		log.Warn("stopped before all answers were sent", "error", err)
		return nil
	}
	return err
}

func newLog(cfg *config.Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
