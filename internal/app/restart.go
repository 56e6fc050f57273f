package app

import (
	"context"
	"errors"
	"sync"
)

// ErrRestart means that serve has stopped in order to start again.
var ErrRestart = errors.New("namets was asked to start again")

// restart is how a part of a running serve asks for a restart. Safe for concurrent use.
type restart struct {
	once  sync.Once
	asked chan struct{}
}

func newRestart() *restart { return &restart{asked: make(chan struct{})} }

// ask does not block, and may be called again.
func (r *restart) ask() { r.once.Do(func() { close(r.asked) }) }

// wait calls stop when a restart is requested, until ctx ends.
func (r *restart) wait(ctx context.Context, stop func()) error {
	select {
	case <-ctx.Done():
	case <-r.asked:
		stop()
	}
	return nil
}

// or returns err if it is not nil, or ErrRestart if a restart was requested, unless ctx has ended:
// somebody who stops the process does not want a restart.
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
