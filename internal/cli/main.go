// Package cli is the command line of namets: its commands, one file per verb.
package cli

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // the site's zone must not depend on the machine
)

// Main runs the command that the process's arguments name, and returns its exit code: 0, 1 (failed)
// or 2 (usage or configuration).
func Main() int {
	log.SetOutput(io.Discard) // where net/http writes what a receiver sent unasked; our own log is another one
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends the process at once. Within a second it is the first one: timeout(1)
	// sends every signal twice.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if errors.Is(err, errRestart) {
		err = reexecute()
	}
	return report(err, os.Stderr)
}
