package auth

import (
	"context"
	"time"
)

// How many callers may wait in a [queue], and for how long.
const (
	maxWaiting = 64
	patience   = 5 * time.Second
)

// queue lets a limited number of callers in at the same time. Safe for concurrent use.
type queue struct {
	slots   chan struct{}
	waiting chan struct{}
}

func newQueue(slots int) queue {
	return queue{make(chan struct{}, slots), make(chan struct{}, maxWaiting)}
}

// enter waits for a slot, which [queue.leave] frees. Its error is [ErrBusy] if too many callers
// wait or the wait is too long, and otherwise that of ctx.
func (q queue) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case q.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case q.waiting <- struct{}{}:
		defer func() { <-q.waiting }()
	default:
		return ErrBusy
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, ErrBusy)
	defer cancel()
	select {
	case q.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (q queue) leave() { <-q.slots }

// leaveAfter frees the slot after a pause. It returns at once.
func (q queue) leaveAfter(rest time.Duration) {
	if rest <= 0 {
		q.leave()
		return
	}
	time.AfterFunc(rest, q.leave)
}
