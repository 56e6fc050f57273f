package main

import "runtime/debug"

// tuneMemory lets the heap grow to five times what is in use before the collector runs, which is cheap while that is
// little, and keeps a large one close to what is in use. GOGC and GOMEMLIMIT, where the operator has set them, win.
func tuneMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// memoryLimit is where the collector begins to work harder: a million subscribers, the old list beside the new one, fit.
const memoryLimit = 300 << 20
