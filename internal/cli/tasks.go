package cli

import (
	"context"
	"errors"
	"log/slog"
	"sync"
)

// tasks are the goroutines of one serve. They end with ctx; Wait waits for them.
type tasks struct {
	sync.WaitGroup
	ctx context.Context
	log *slog.Logger
}

// run starts a task, and logs when it ends for another reason than the end of ctx.
func (t *tasks) run(name string, task func(context.Context) error) {
	t.Go(func() {
		if err := task(t.ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.log.Error(name+" ended", "error", err)
		}
	})
}
