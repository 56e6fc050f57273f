package auth

import (
	"context"
	"time"
)

// How many may wait in a [queue], and for how long.
const (
	maxWaiting = 64
	patience   = 5 * time.Second
)

// queue lets a number of callers in at once. Safe for concurrent use.
type queue struct {
	slots   chan struct{}
	waiting chan struct{}
}

func newQueue(slots int) queue {
	return queue{make(chan struct{}, slots), make(chan struct{}, maxWaiting)}
}

// enter waits until there is a place, which [queue.leave] gives back. Its error is [ErrBusy] when
// too many wait already or the wait is too long, and else that of ctx.
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

// leaveAfter is leave after a rest. It returns at once.
func (q queue) leaveAfter(rest time.Duration) {
	if rest <= 0 {
		q.leave()
		return
	}
	time.AfterFunc(rest, q.leave)
}
