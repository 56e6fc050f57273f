package datadir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
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
type Usage struct{ file *os.File }

// Release gives the right back.
func (u *Usage) Release() error { return u.file.Close() }

// Use lets the caller open the database at the same time as others, until the lock is released: as
// long as anybody does, no restore replaces the file. It waits for a restore that is under way,
// for ten seconds at most.
func (d Dir) Use(ctx context.Context) (*Usage, error) { return d.lockDirectory(ctx, syscall.LOCK_SH) }

// Alone keeps commands from opening the database until the lock is released. It waits for those
// that have it open, for ten seconds at most. Errors: [ErrBusy].
func (d Dir) Alone(ctx context.Context) (*Usage, error) { return d.lockDirectory(ctx, syscall.LOCK_EX) }

// lockDirectory locks the directory itself, which needs no file.
func (d Dir) lockDirectory(ctx context.Context, how int) (*Usage, error) {
	f, err := os.Open(d.path)
	if err != nil {
		return nil, explain(d.path, err)
	}
	tick, end := time.NewTicker(usePause), time.Now().Add(usePatience)
	defer tick.Stop()
	for {
		err := flock(f, how)
		if err == nil {
			return &Usage{f}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock DATA_DIR: %w", err), f.Close())
		}
		if time.Now().After(end) {
			return nil, errors.Join(ErrBusy, f.Close())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}
