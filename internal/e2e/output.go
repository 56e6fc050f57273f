package e2e

import (
	"bytes"
	"strings"
	"sync"
)

// output stores the output of a program and signals when a text has appeared in it. It is safe for
// concurrent use.
type output struct {
	seen chan struct{} // closed when the awaited text has appeared
	tell func()        // closes seen, once

	mu      sync.Mutex
	awaited []byte
	printed bytes.Buffer
}

func newOutput(awaited string) *output {
	seen := make(chan struct{})
	return &output{
		seen:    seen,
		tell:    sync.OnceFunc(func() { close(seen) }),
		awaited: []byte(awaited),
	}
}

// Write appends p.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.printed.Write(p)
	if bytes.Contains(o.printed.Bytes(), o.awaited) {
		o.tell()
	}
	return len(p), nil
}

// String returns the output so far, without the hundreds of lines that n8n prints when it creates a
// database.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var kept strings.Builder
	for line := range strings.Lines(o.printed.String()) {
		if !strings.Contains(line, "migration ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
