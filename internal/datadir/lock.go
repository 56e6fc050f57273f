package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Holder says who serves a directory.
type Holder struct {
	// PID is 0 when it is not known: for a moment while the holder starts or stops.
	PID int `json:"pid"`
	// Namespace is the holder's [Namespace]: only there PID is its process.
	Namespace string `json:"pid_namespace,omitempty"`
	// Address is where it listens; empty until it does.
	Address string    `json:"address"`
	Started time.Time `json:"started"`
}

// Namespace names the space in which this process's ids count: containers have different ones.
// Empty where there is no /proc.
func Namespace() string {
	name, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return name
}

// LockedError says that another process serves the directory.
type LockedError struct {
	Dir    string
	Holder Holder // zero when it could not be read
}

// Error says who serves the directory, and what to do.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s serves %s already: stop it first, or set another DATA_DIR", e.Who(), e.Dir)
}

// Who names the process that serves the directory.
func (e *LockedError) Who() string {
	if e.Holder.PID == 0 {
		return "another namets"
	}
	return fmt.Sprintf("the namets with process id %d (listening on %s since %s)",
		e.Holder.PID, e.Holder.Address, e.Holder.Started.Format(time.RFC3339))
}

// Lock is the right to serve a directory. The kernel takes it back when the process ends, however
// it ends.
type Lock struct{ file *os.File }

// Lock takes the right to serve the directory, or returns a [*LockedError] at once. A lock file
// that a dead process left behind is no lock.
func (d Dir) Lock(started time.Time) (*Lock, error) {
	f, err := os.OpenFile(d.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of DATA_DIR: %w", err)
	}
	if err := flock(f, syscall.LOCK_EX); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &LockedError{Dir: d.path, Holder: readHolder(f)}
		}
		return nil, fmt.Errorf("lock DATA_DIR: %w", err)
	}
	l := &Lock{f}
	if err := l.write(Holder{PID: os.Getpid(), Namespace: Namespace(),
		Started: started.UTC().Truncate(time.Second)}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// Listening notes where the holder listens, for people and for the commands that look for it.
func (l *Lock) Listening(address string) error {
	h := readHolder(l.file)
	h.Address = address
	return l.write(h)
}

// Release gives the lock back.
func (l *Lock) Release() error { return errors.Join(l.file.Truncate(0), l.file.Close()) }

func (l *Lock) write(h Holder) error {
	text, err := json.Marshal(h)
	if err == nil {
		err = l.file.Truncate(0)
	}
	if err == nil {
		_, err = l.file.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		return explain(filepath.Dir(l.file.Name()), err)
	}
	return nil
}

// Serving returns who serves the directory now, and false when nobody does.
func (d Dir) Serving() (Holder, bool, error) {
	f, err := os.Open(d.lockFile())
	if errors.Is(err, os.ErrNotExist) {
		return Holder{}, false, nil
	}
	if err != nil {
		return Holder{}, false, err
	}
	defer f.Close()
	switch err := flock(f, syscall.LOCK_SH); {
	case err == nil:
		return Holder{}, false, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return readHolder(f), true, nil
	default:
		return Holder{}, false, err
	}
}

// flock takes the lock of an open file without waiting. Closing the file gives it back.
func flock(f *os.File, how int) error {
	return syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
}

// readHolder returns what the lock file says, zero when it says nothing that can be read.
func readHolder(f *os.File) (h Holder) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
