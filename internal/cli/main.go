// Package cli is the command line of namets: its commands, one file per verb.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
	_ "time/tzdata" // the site's zone must not depend on the machine

	"namets/internal/app"
)

// Main runs the command in the process's arguments, and returns its exit code: 0, 1 (failed) or 2
// (usage or configuration).
func Main() int {
	log.SetOutput(io.Discard) // where net/http writes what a receiver sent unasked; our own log is another one
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends the process at once, but not within a second of the first one:
	// timeout(1) sends every signal twice.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	err := Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if errors.Is(err, app.ErrRestart) {
		err = reexecute()
	}
	return Report(err, os.Stderr)
}

// reexecute replaces this process with the current version of the program on the disk, under the
// same process id. Its files, the port and the lock must be closed. It returns only if that failed.
func reexecute() error {
	path, err := os.Executable()
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil { // removed, or renamed by an upgrade
		path = "/proc/self/exe"
	}
	err = syscall.Exec(path, os.Args, os.Environ()) //nolint:gosec // it is this program
	if errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("namets has stopped and cannot start again by itself on %s: start it", runtime.GOOS)
	}
	return err
}
