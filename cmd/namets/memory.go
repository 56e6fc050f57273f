package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tuneMemory lets the heap grow to five times what is in use before the collector runs, which is cheap while that is
// little, and keeps a large one close to what is in use. GOGC and GOMEMLIMIT, where the operator has set them, win.
func tuneMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limitFor(machineMemory(os.ReadFile)))
	}
}

// memoryLimit is where the collector begins to work harder: a million subscribers, the old list beside the new one, fit.
const memoryLimit = 300 << 20

// limitFor leaves two fifths of a small machine to everything that is not the heap; machine is in bytes, 0 is unknown.
func limitFor(machine int64) int64 {
	if machine <= 0 {
		return memoryLimit
	}
	return min(memoryLimit, machine/5*3)
}

// machineMemory returns how many bytes the process may take in all: of the machine's memory or, where that is less, of
// what its container is given. It is 0 where neither can be told.
func machineMemory(read func(string) ([]byte, error)) (least int64) {
	if text, err := read("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 && fields[0] == "MemTotal:" {
			if kB, err := strconv.ParseInt(fields[1], 10, 64); err == nil && kB < 1<<50 {
				least = kB << 10
			}
		}
	}
	if text, err := read("/sys/fs/cgroup/memory.max"); err == nil { // "max" where nothing is set
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && (least == 0 || bytes < least) {
			least = bytes
		}
	}
	return least
}

// When memory is given back: at the first look, and whenever the looks find rest after work.
const (
	firstLook  = 300 * time.Millisecond // the start is over, and the backup that it may have made
	laterLooks = 10 * time.Second
	restful    = 10 // answers between two looks: a platform that probes is no work
)

// giveBackAtRest gives memory back once the start is over and whenever work has ended, until ctx ends; then it returns nil.
// Otherwise a process that was busy once would keep five times the heap that it needs. answers counts what was done.
func giveBackAtRest(ctx context.Context, answers func() uint64, giveBack func()) error {
	timer := time.NewTimer(firstLook)
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
		timer.Reset(laterLooks)
	}
}

func giveBack() {
	debug.FreeOSMemory()
	forgetProgram()
}

// forgetProgram lets go of the pages of the program's own file, which the kernel reads again where they are needed: most
// of them only the start has touched. It does nothing where there is no /proc.
func forgetProgram() {
	program, err := os.Executable()
	if err != nil {
		return
	}
	mapped, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer mapped.Close()
	for _, m := range programPages(mapped, program) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, syscall.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// programPages finds the mappings of the program's file, in a table of the form of proc_pid_smaps(5), that hold nothing
// but what stands in the file.
func programPages(table io.Reader, program string) (found []mapping) {
	var m mapping
	ours := false
	for lines := bufio.NewScanner(table); lines.Scan(); {
		line := lines.Text()
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0" && ours {
			found = append(found, m)
		}
		if len(fields) == 0 || strings.HasSuffix(fields[0], ":") {
			continue
		}
		// addresses, rights, offset, device, inode, path
		ours = len(fields) >= 6 && strings.HasPrefix(fields[1], "r") && !strings.Contains(fields[1], "w") && strings.HasSuffix(line, " "+program)
		from, to, _ := strings.Cut(fields[0], "-")
		start, err := strconv.ParseUint(from, 16, 64)
		end, endErr := strconv.ParseUint(to, 16, 64)
		m = mapping{uintptr(start), uintptr(end)}
		ours = ours && err == nil && endErr == nil
	}
	return found
}
