// Command namets serves a community's subscribers, announcements, events and prayer times to n8n
// workflows. web/docs explains it; "namets help" lists the commands.
package main

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

func main() {
	log.SetOutput(io.Discard) // where net/http writes what a receiver sent unasked; our own log is another one
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once. Within a second it is the first one: timeout(1)
	// sends every signal twice.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if errors.Is(err, errRestart) {
		err = reexecute()
	}
	os.Exit(report(err, os.Stderr))
}
