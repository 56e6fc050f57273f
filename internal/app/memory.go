package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// limitMemory lets the heap grow to five times what is in use before the collector runs, which is
// cheap while that is little, and keeps a large one close to what is in use. GOGC and GOMEMLIMIT,
// where the operator has set them, win.
func (a *App) limitMemory(context.Context) error {
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if most := mostMemory(a.getenv); most > 0 {
		debug.SetMemoryLimit(limitNow(most, 0))
	}
	return nil
}

// mostMemory returns the highest limit that the collector may be given here; 0: the operator has
// set one.
func mostMemory(getenv func(string) string) int64 {
	if getenv("GOMEMLIMIT") != "" {
		return 0
	}
	return limitFor(machineMemory(os.ReadFile))
}

// memoryLimit is where the collector begins to work harder, at most: a million subscribers, the
// old list next to the new one, fit.
const memoryLimit = 300 << 20

// quietLimit is where it begins to work harder while little is in use. Passwords take 20 MB each
// while they are checked, so that five times what is in use is much when strangers try some.
const quietLimit = 150 << 20

// limitNow returns the limit for a heap of which so much is in use, in bytes: what is in use may
// double.
func limitNow(most, live int64) int64 { return min(most, max(quietLimit, 2*live)) }

// boundMemory gives the collector the limit that is fit for what is in use, until ctx ends, unless
// the operator has set one.
func boundMemory(ctx context.Context, getenv func(string) string) error {
	most := mostMemory(getenv)
	if most == 0 {
		return nil
	}
	return followMemory(ctx, most, liveHeap, func(limit int64) { debug.SetMemoryLimit(limit) })
}

// followEvery is how often the limit follows what is in use.
const followEvery = time.Second

// followMemory calls set whenever the limit for what is in use has changed, until ctx ends; then
// it returns nil.
func followMemory(ctx context.Context, most int64, live func() int64, set func(limit int64)) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for last := limitNow(most, 0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if limit := limitNow(most, live()); limit != last {
			set(limit)
			last = limit
		}
	}
}

// liveHeap returns how many bytes were in use when the collector last looked.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// limitFor leaves two fifths of a small machine to everything that is not the heap; machine is in
// bytes, 0 is unknown.
func limitFor(machine int64) int64 {
	if machine <= 0 {
		return memoryLimit
	}
	return min(memoryLimit, machine/5*3)
}

// machineMemory returns how many bytes the process may take in all: of the machine's memory or,
// where that is less, of what its container is given. It is 0 where neither can be told.
func machineMemory(read func(string) ([]byte, error)) (least int64) {
	if text, err := read("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 && fields[0] == "MemTotal:" {
			if kB, err := strconv.ParseInt(fields[1], 10, 64); err == nil && kB < 1<<50 {
				least = kB << 10
			}
		}
	}
	if text, err := read("/sys/fs/cgroup/memory.max"); err == nil { // "max" where nothing is set
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil &&
			(least == 0 || bytes < least) {
			least = bytes
		}
	}
	return least
}

// When memory is given back: at the first look, and whenever the looks find rest after work.
const (
	firstSample  = 300 * time.Millisecond // the start is over, and the backup that it may have made
	laterSamples = 10 * time.Second
	restful      = 10 // answers between two looks: a platform that probes is no work
)

// giveBackAtRest gives memory back once the start is over and whenever work has ended, until ctx
// ends; then it returns nil. Otherwise a process that was busy once would keep five times the heap
// that it needs. answers counts what was done.
func giveBackAtRest(ctx context.Context, answers func() uint64, giveBack func()) error {
	timer := time.NewTimer(firstSample)
	defer timer.Stop()
	last, worked := answers(), true
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		now := answers()
		switch rest := now-last < restful; {
		case !rest:
			worked = true
		case worked:
			giveBack()
			worked = false
		}
		last = now
		timer.Reset(laterSamples)
	}
}
