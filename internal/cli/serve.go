package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/server"
)

func serve(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("serve",
		`It serves the API and the pages until SIGTERM or SIGINT, and reads the API token again at SIGHUP.
The configuration comes from the environment: see web/docs/operator/configuration.md.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	if err := becomeOwnerFirst(in.getenv); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{Token: true, ValidToken: validToken(ctx, in.getenv),
		Terminal: isTerminal(in.stderr)})
	if err != nil {
		return err
	}
	tuneMemory(in.getenv)
	return serveConfig(ctx, cfg, in, nil)
}

// serveConfig serves until ctx ends, or until it returns errRestart because the admin wants a new
// start. It calls listening, which may be nil, with the public address once the port is open.
func serveConfig(ctx context.Context, cfg *config.Config, in *invocation, listening func(url string)) (err error) {
	log := newLog(cfg, in.stderr)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // before the lock tells the commands whom to signal: it would end the process
	defer signal.Stop(hangup)
	dir, err := openData(cfg)
	if err != nil {
		return err
	}
	if err := checkMounted(cfg, dir); err != nil {
		return err
	}
	lock, err := dir.Lock(time.Now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := obeyRestore(ctx, cfg, dir, log); err != nil {
		return unlessStopped(ctx, err)
	}
	return unlessStopped(ctx, serveLocked(ctx, cfg, in, dir, lock, hangup, log, listening))
}

// unlessStopped returns err, and nil when err only says that ctx has ended: to be stopped while it
// starts is no failure of a service.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// serveLocked is serveConfig once the directory is this process's own.
func serveLocked(ctx context.Context, cfg *config.Config, in *invocation, dir datadir.Dir, lock *datadir.Lock,
	hangup <-chan os.Signal,
	log *slog.Logger, listening func(url string)) (err error) {
	keeper := newKeeper(cfg, dir, log)
	if err := dir.ClearUploads(); err != nil {
		log.Warn("files that people sent lie in DATA_DIR still", "error", err)
	}
	db, err := openDatabase(ctx, cfg, dir, keeper)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keeper.Make = db.Backup
	source, err := startTokenSource(ctx, cfg, log, db)
	if err != nil {
		return err
	}
	hooks, err := newWebhooks(cfg, db, source.Source, log)
	if err != nil {
		return usageError{err}
	}

	again := newRestart()
	condition := &health{db, source.Status, dir, keeper}
	listener, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer listener.Close() // the server closes it too, when it comes so far
	cfg.TakePort(listener.Addr().(*net.TCPAddr).Port)
	srv, err := newServer(cfg, log, in.stderr, listener, app{db, source, hooks, keeper, condition, dir, again})
	if err != nil {
		return err
	}
	if err := srv.accounts.resetPassword(ctx, cfg, log); err != nil {
		return err
	}
	if err := srv.accounts.firstOwner(ctx, cfg, db, log); err != nil {
		return err
	}
	if err := lock.Listening(listener.Addr().String()); err != nil {
		return err
	}
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	work := &tasks{ctx: ctx, log: log}
	defer work.Wait()
	defer cancel()
	if err := srv.metrics(ctx, cfg, work); err != nil {
		return err
	}
	work.run("waiting for a new start", func(ctx context.Context) error { return again.wait(ctx, cancel) })
	work.run("watching the database", func(ctx context.Context) error { return db.Watch(ctx, nil) })
	work.run("checking the database", func(ctx context.Context) error { return condition.checkDatabase(ctx, log) })
	work.run("watching the disk", func(ctx context.Context) error { return condition.watch(ctx, log) })
	work.run("reloading the token", source.Run)
	work.run("waiting for SIGHUP", func(ctx context.Context) error {
		return atHangup(ctx, hangup, func() { hooks.keys.reload(in.getenv, log) }, func() {
			_ = source.Refresh(ctx) // the source logs what came of it
			hooks.worker.Wake()
		})
	})
	work.run("sending webhooks", hooks.worker.Run)
	work.run("making backups", keeper.Run)
	work.run("giving memory back", func(ctx context.Context) error {
		return giveBackAtRest(ctx, srv.Answers, giveBack)
	})
	work.run("removing old audit rows", func(ctx context.Context) error {
		return pruneAudit(ctx, db, cfg.AuditRetention, log)
	})
	work.run("writing refusals", func(ctx context.Context) error { return srv.accounts.accounts.RunRefusals(ctx, log) })
	work.run("bounding memory", func(ctx context.Context) error { return boundMemory(ctx, in.getenv) })
	work.run("watching confirmations", func(ctx context.Context) error { return watchConfirmations(ctx, cfg, db, log) })

	version, _ := buildVersion()
	log.Info("namets serves", "version", version, "address", listener.Addr().String(), "data_dir", dir.Path(),
		"token_source", cfg.TokenSource, "token_fingerprint", source.Status().Fingerprint, "webhooks_to", hooks.host())
	for _, w := range cfg.Warnings() {
		log.Warn("a setting looks like a mistake", "setting", w.Name, "problem", w.What, "fix", w.Do)
	}
	if listening != nil {
		listening(cfg.PublicURL)
	}
	return again.or(outer, unlessCutOff(srv.Run(ctx), log))
}

// unlessCutOff returns err, but only logs that answers were cut off: a client that reads too
// slowly for a stop makes no failure of it.
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

// isTerminal reports whether a person reads what is written to a stream, or writes what is read
// from it.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
