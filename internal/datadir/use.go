package datadir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	usePatience = 10 * time.Second // how long commands and a restore wait for each other
	usePause    = 50 * time.Millisecond
)

// ErrBusy means that a command is using the directory's database.
var ErrBusy = errors.New("another command works on the database: let it end, and try again")

// At returns the directory at path, whether it exists or not.
func At(path string) Dir { return Dir{path} }

// Usage is the right to open the directory's database. The kernel releases it when the process ends
// for any reason.
type Usage struct{ lock *flock.Flock }

// Release releases the right.
func (u *Usage) Release() error { return u.lock.Close() }

// Use takes a shared lock to open the database: until all of them are released, no restore replaces
// the file. It waits at most ten seconds for a restore in progress.
func (d Dir) Use(ctx context.Context) (*Usage, error) {
	return d.use(ctx, (*flock.Flock).TryRLockContext)
}

// Alone takes an exclusive lock that prevents commands from opening the database. It waits at most
// ten seconds for those that have it open. Errors: [ErrBusy].
func (d Dir) Alone(ctx context.Context) (*Usage, error) {
	return d.use(ctx, (*flock.Flock).TryLockContext)
}

// use takes the lock for opening the database.
func (d Dir) use(ctx context.Context, take func(*flock.Flock, context.Context, time.Duration) (bool, error),
) (*Usage, error) {
	lock := d.databaseLock()
	patient, cancel := context.WithTimeout(ctx, usePatience)
	defer cancel()
	_, err := take(lock, patient, usePause)
	switch {
	case err == nil:
		return &Usage{lock}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case patient.Err() != nil:
		return nil, ErrBusy
	}
	if pathErr, ok := errors.AsType[*os.PathError](err); ok { // it could not be opened
		return nil, explain(d.path, pathErr)
	}
	return nil, fmt.Errorf("lock DATA_DIR: %w", err)
}
