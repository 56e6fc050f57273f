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

// limitMemory lets a small heap grow to five times its live size before the collector runs, which
// is cheap, and keeps a large heap close to its live size. GOGC and GOMEMLIMIT take precedence if
// the operator has set them.
func (a *App) limitMemory(context.Context) error {
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if most := mostMemory(a.getenv); most > 0 {
		debug.SetMemoryLimit(limitNow(most, 0))
	}
	return nil
}

// mostMemory returns the highest limit for the collector; 0 if the operator has set one.
func mostMemory(getenv func(string) string) int64 {
	if getenv("GOMEMLIMIT") != "" {
		return 0
	}
	return limitFor(machineMemory(os.ReadFile))
}

// memoryLimit is the highest limit above which the collector works harder: a million subscribers
// fit, with the old list next to the new one.
const memoryLimit = 300 << 20

// quietLimit is that limit while the heap is small. Each password check takes 20 MB, so five times
// the live size would be a lot during an attack.
const quietLimit = 150 << 20

// limitNow returns the limit for a heap of the given live size in bytes: it may double.
func limitNow(most, live int64) int64 { return min(most, max(quietLimit, 2*live)) }

// boundMemory adapts the collector's limit to the live size until ctx ends, unless the operator has
// set one.
func boundMemory(ctx context.Context, getenv func(string) string) error {
	most := mostMemory(getenv)
	if most == 0 {
		return nil
	}
	return followMemory(ctx, most, liveHeap, func(limit int64) { debug.SetMemoryLimit(limit) })
}

// followEvery is how often the limit is adapted.
const followEvery = time.Second

// followMemory calls set whenever the limit has changed, until ctx ends; then it returns nil.
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

// liveHeap returns the number of bytes in use at the last collection.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// limitFor leaves two fifths of a small machine to everything except the heap; machine is in bytes,
// 0 means unknown.
func limitFor(machine int64) int64 {
	if machine <= 0 {
		return memoryLimit
	}
	return min(memoryLimit, machine/5*3)
}

// machineMemory returns how many bytes the process may use: the machine's memory or, if that is
// less, the container's limit. It is 0 if neither is known.
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

// When memory is returned to the system: after the start, and whenever work has ended.
const (
	firstSample  = 300 * time.Millisecond // the start is over, and the backup that it may have made
	laterSamples = 10 * time.Second
	restful      = 10 // answers between two looks: a platform that probes is no work
)

// giveBackAtRest returns memory to the system after the start and whenever work has ended, until
// ctx ends; then it returns nil. Otherwise a process that was busy once would keep five times the
// heap that it needs. answers counts the work.
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
