package cli

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
)

// errRestart says that serve has stopped in order to begin again.
var errRestart = errors.New("namets was asked to start again")

// newStart is how a part of a running serve asks for a new start. Safe for concurrent use.
type newStart struct {
	once  sync.Once
	asked chan struct{}
}

func newRestart() *newStart { return &newStart{asked: make(chan struct{})} }

// ask does not block, and may be called again.
func (r *newStart) ask() { r.once.Do(func() { close(r.asked) }) }

// wait calls stop when somebody asks, until ctx ends.
func (r *newStart) wait(ctx context.Context, stop func()) error {
	select {
	case <-ctx.Done():
	case <-r.asked:
		stop()
	}
	return nil
}

// or returns err, and errRestart when there is none and somebody has asked, unless ctx has ended:
// who stops the process wants no new one.
func (r *newStart) or(ctx context.Context, err error) error {
	if err != nil || ctx.Err() != nil {
		return err
	}
	select {
	case <-r.asked:
		return errRestart
	default:
		return nil
	}
}

// reexecute puts the same program, as it is on the disk now, in the place of this process, which
// keeps its id. Its files, the port and the lock are closed by then. It returns only when that
// failed.
func reexecute() error {
	path, err := os.Executable()
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil { // removed, or renamed by an upgrade
		path = "/proc/self/exe"
	}
	return syscall.Exec(path, os.Args, os.Environ()) //nolint:gosec // it is this program
}
