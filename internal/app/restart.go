package app

import (
	"context"
	"errors"
	"sync"
)

// ErrRestart says that serve has stopped in order to begin again.
var ErrRestart = errors.New("namets was asked to start again")

// restart is how a part of a running serve asks for a new start. Safe for concurrent use.
type restart struct {
	once  sync.Once
	asked chan struct{}
}

func newRestart() *restart { return &restart{asked: make(chan struct{})} }

// ask does not block, and may be called again.
func (r *restart) ask() { r.once.Do(func() { close(r.asked) }) }

// wait calls stop when somebody asks, until ctx ends.
func (r *restart) wait(ctx context.Context, stop func()) error {
	select {
	case <-ctx.Done():
	case <-r.asked:
		stop()
	}
	return nil
}

// or returns err, and ErrRestart when there is none and somebody has asked, unless ctx has ended:
// who stops the process wants no new one.
func (r *restart) or(ctx context.Context, err error) error {
	if err != nil || ctx.Err() != nil {
		return err
	}
	select {
	case <-r.asked:
		return ErrRestart
	default:
		return nil
	}
}
