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

// ErrBusy says that a command works on the directory's database.
var ErrBusy = errors.New("another command works on the database: let it end, and try again")

// At names the directory at path, whether it exists or not.
func At(path string) Dir { return Dir{path} }

// Usage is the right to open the directory's database. The kernel takes it back when the process
// ends, however it ends.
type Usage struct{ lock *flock.Flock }

// Release gives the right back.
func (u *Usage) Release() error { return u.lock.Close() }

// Use lets the caller open the database at the same time as others, until the lock is released: as
// long as anybody does, no restore replaces the file. It waits for a restore that is under way,
// for ten seconds at most.
func (d Dir) Use(ctx context.Context) (*Usage, error) {
	return d.use(ctx, (*flock.Flock).TryRLockContext)
}

// Alone keeps commands from opening the database until the lock is released. It waits for those
// that have it open, for ten seconds at most. Errors: [ErrBusy].
func (d Dir) Alone(ctx context.Context) (*Usage, error) {
	return d.use(ctx, (*flock.Flock).TryLockContext)
}

// use takes the lock that stands for the database.
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
