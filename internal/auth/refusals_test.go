package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"namets/internal/namets"
)

// refusalLog keeps what it is given, unless it is broken. The real one is tested with the database.
type refusalLog struct {
	broken bool
	writes []time.Time
	list   []namets.Refusal
}

func (l *refusalLog) RecordRefusals(_ context.Context, list []namets.Refusal) error {
	l.writes = append(l.writes, time.Now())
	if l.broken {
		return errors.New("the disk is full")
	}
	l.list = append(l.list, list...)
	return nil
}

func (l *refusalLog) total() (n int) {
	for _, r := range l.list {
		n += r.Count
	}
	return n
}

func TestRefusals_areWrittenAtOnceAndThenAtMostOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, log := &refusalLog{}, &bytes.Buffer{}
		r := newRefusals(store, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.run(ctx, slog.New(slog.NewTextHandler(log, nil))) }()
		synctest.Wait()
		r.count(namets.SignInFailed, namets.User{ID: 1, Name: "admin"}, "192.0.2.1", "")
		synctest.Wait()
		if len(store.list) != 1 {
			t.Fatalf("at once: %+v", store.list)
		}
		for i := range 1000 {
			r.count(namets.SignInFailed, namets.User{ID: 1, Name: "admin"}, fmt.Sprintf("192.0.2.%d", i%10), "")
			<-time.After(10 * time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := len(store.writes); n > 12 || n < 8 {
			t.Errorf("%d writes in ten seconds", n)
		}
		if n := store.total(); n != 1001 {
			t.Errorf("%d were counted", n)
		}
		if last := store.list[len(store.list)-1]; last.Address != "192.0.0.0/16" || last.Network != "192.0.0.0/16" ||
			last.User != "admin" {
			t.Errorf("got %+v", last)
		}
		if n := strings.Count(log.String(), "\n"); n != len(store.list) {
			t.Errorf("%d lines, %d rows", n, len(store.list))
		}
	})
}

func TestRefusals_waitForADatabaseThatCannotBeWritten(t *testing.T) {
	store, log := &refusalLog{broken: true}, &bytes.Buffer{}
	r, logger := newRefusals(store, time.Now), slog.New(slog.NewTextHandler(log, nil))
	for i := range 10_000 {
		r.count(namets.SignInFailed, namets.User{}, fmt.Sprintf("%d.%d.0.1", 1+i%200, i%251), "")
		if i%1000 == 0 && r.write(t.Context(), logger) == nil {
			t.Fatal("it says nothing")
		}
	}
	if n := len(r.folded); n > maxFolded+1 {
		t.Errorf("it keeps %d", n)
	}
	store.broken = false
	if err := r.write(t.Context(), logger); err != nil {
		t.Fatal(err)
	}
	if n := store.total(); n != 10_000 {
		t.Errorf("%d were stored", n)
	}
	logged := 0
	for line := range strings.Lines(log.String()) {
		var n int
		if _, err := fmt.Sscanf(line[strings.Index(line, "count="):], "count=%d", &n); err != nil {
			t.Fatal(line, err)
		}
		logged += n
	}
	if logged != 10_000 {
		t.Errorf("%d were logged", logged)
	}
}
