package auth

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueue_boundsWhoWaitsAndForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1)
		if err := q.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, maxWaiting)
		began := time.Now()
		for range maxWaiting {
			go func() { errs <- q.enter(t.Context()) }()
		}
		synctest.Wait()
		if err := q.enter(t.Context()); !errors.Is(err, ErrBusy) || time.Since(began) > 0 {
			t.Errorf("one too many: %v after %v", err, time.Since(began))
		}
		for range maxWaiting {
			if err := <-errs; !errors.Is(err, ErrBusy) {
				t.Errorf("got %v", err)
			}
		}
		if took := time.Since(began); took != patience {
			t.Errorf("they waited %v", took)
		}
		q.leave()
		if err := q.enter(t.Context()); err != nil {
			t.Errorf("after all have gone: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := q.enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a client that is gone: %v", err)
		}
	})
}

func TestQueue_restsBeforeTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1)
		if err := q.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		q.leaveAfter(time.Second)
		if err := q.enter(t.Context()); err != nil || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
