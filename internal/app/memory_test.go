package app

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestGiveBackAtRest_onceAfterTheStartAndOnceAfterWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var answers, given atomic.Uint64
		done := make(chan error)
		go func() { done <- giveBackAtRest(ctx, answers.Load, func() { given.Add(1) }) }()
		for _, step := range []struct {
			work uint64
			wait time.Duration
			want uint64
		}{
			{0, time.Second, 1},
			{1, time.Minute, 1}, // probes
			{1000, laterSamples, 1},
			{1000, laterSamples, 1},
			{restful - 1, laterSamples, 2},
			{0, time.Hour, 2},
		} {
			answers.Add(step.work)
			time.Sleep(step.wait) // virtual
			synctest.Wait()
			if got := given.Load(); got != step.want {
				t.Errorf("after %+v: given back %d times", step, got)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestFollowMemory_letsWhatIsInUseDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var live, limit atomic.Int64
		done := make(chan error)
		go func() { done <- followMemory(ctx, memoryLimit, live.Load, limit.Store) }()
		for _, step := range []struct{ live, want int64 }{
			{10 << 20, 0}, // as it was set at the start
			{100 << 20, 200 << 20}, {140 << 20, 280 << 20}, {400 << 20, memoryLimit}, {1 << 20, quietLimit},
		} {
			live.Store(step.live)
			time.Sleep(followEvery) // virtual
			synctest.Wait()
			if got := limit.Load(); got != step.want {
				t.Errorf("%d in use: the limit is %d, want %d", step.live, got, step.want)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if live := liveHeap(); live < 0 || live > 1<<40 {
		t.Errorf("%d bytes are in use", live)
	}
}

func TestMachineMemory_isTheLessOfMachineAndContainer(t *testing.T) {
	for _, test := range []struct {
		meminfo, container string
		want, limit        int64
	}{
		{"MemTotal:      230400 kB\nMemFree: 1 kB\n", "", 230400 << 10, 230400 << 10 / 5 * 3},
		{"MemTotal:      8000000 kB\n", "max\n", 8000000 << 10, memoryLimit},
		{"MemTotal:      8000000 kB\n", "268435456\n", 256 << 20, 256 << 20 / 5 * 3},
		{"", "", 0, memoryLimit},
		{"odd", "odd", 0, memoryLimit},
	} {
		read := func(path string) ([]byte, error) {
			text := map[string]string{"/proc/meminfo": test.meminfo, "/sys/fs/cgroup/memory.max": test.container}[path]
			if text == "" {
				return nil, os.ErrNotExist
			}
			return []byte(text), nil
		}
		if got := machineMemory(read); got != test.want || limitFor(got) != test.limit {
			t.Errorf("%+v: got %d, a limit of %d", test, got, limitFor(got))
		}
	}
}
