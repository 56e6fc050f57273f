package app

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"

	"namets/internal/metrics"
)

// tasks are the goroutines of one [App]. They end with ctx; Wait waits for them.
type tasks struct {
	sync.WaitGroup
	ctx context.Context
	log *slog.Logger
}

// startTasks starts everything that runs while the service responds. It calls stop if the admin
// asks for a restart.
func (a *App) startTasks(work *tasks, stop func()) {
	db, log := a.db, a.log
	if a.metricsListener != nil {
		work.run("serving metrics", func(ctx context.Context) error {
			return metrics.Serve(ctx, a.metricsListener, a.metrics)
		})
	}
	work.run("waiting for a new start", func(ctx context.Context) error { return a.restart.wait(ctx, stop) })
	work.run("watching the database", func(ctx context.Context) error { return db.Watch(ctx, nil) })
	work.run("checking the database", func(ctx context.Context) error { return a.health.checkDatabase(ctx, log) })
	work.run("watching for attacks", a.watchSecurity)
	work.run("watching the disk", func(ctx context.Context) error { return a.health.watch(ctx, log) })
	work.run("reloading the token", a.token.Run)
	work.run("writing the use of API tokens", func(ctx context.Context) error { return a.tokens.Run(ctx, log) })
	work.run("waiting for SIGHUP", a.obeyHangups)
	work.run("sending webhooks", a.webhooks.worker.Run)
	work.run("making backups", a.keeper.Run)
	work.run("giving memory back", func(ctx context.Context) error {
		return giveBackAtRest(ctx, a.server.Answers, debug.FreeOSMemory)
	})
	work.run("removing old audit rows", func(ctx context.Context) error {
		return pruneAudit(ctx, db, a.cfg.AuditRetention, log)
	})
	work.run("removing old answers", func(ctx context.Context) error { return pruneAnswers(ctx, db, log) })
	work.run("watching who asks", a.watchPollers)
	work.run("writing refusals", func(ctx context.Context) error { return a.accounts.accounts.RunRefusals(ctx, log) })
	work.run("bounding memory", func(ctx context.Context) error { return boundMemory(ctx, a.getenv) })
	work.run("watching confirmations", func(ctx context.Context) error {
		return watchConfirmations(ctx, a.cfg, db, log)
	})
}

// run starts a task, and logs if it ends for another reason than the end of ctx.
func (t *tasks) run(name string, task func(context.Context) error) {
	t.Go(func() {
		if err := task(t.ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.log.Error(name+" ended", "error", err)
		}
	})
}
