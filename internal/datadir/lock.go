package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Holder describes the process that serves a directory.
type Holder struct {
	// PID is 0 if it is unknown, which happens briefly while the holder starts or stops.
	PID int `json:"pid"`
	// Namespace is the holder's [Namespace]: PID is only valid there.
	Namespace string `json:"pid_namespace,omitempty"`
	// Address is where it listens; empty until it does.
	Address string    `json:"address"`
	Started time.Time `json:"started"`
}

// Namespace identifies the PID namespace of this process: containers have different ones. It is
// empty without /proc.
func Namespace() string {
	name, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return name
}

// LockedError means that another process serves the directory.
type LockedError struct {
	Dir    string
	Holder Holder // zero when it could not be read
}

// Error says which process serves the directory, and what to do.
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

// Lock is the exclusive right to serve a directory. The kernel releases it when the process ends
// for any reason.
type Lock struct {
	lock *flock.Flock
	file *os.File // says who holds the lock
}

// Lock locks the directory for serving, or returns a [*LockedError] at once. The lock file of a
// dead process does not lock.
func (d Dir) Lock(started time.Time) (*Lock, error) {
	lock := flock.New(d.locked(), flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(0o600))
	switch got, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock DATA_DIR: %w", err)
	case !got:
		return nil, &LockedError{Dir: d.path, Holder: d.holder()}
	}
	f, err := os.OpenFile(d.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock DATA_DIR: %w", err), lock.Close())
	}
	l := &Lock{lock, f}
	if err := l.write(Holder{PID: os.Getpid(), Namespace: Namespace(),
		Started: started.UTC().Truncate(time.Second)}); err != nil {
		return nil, errors.Join(err, f.Close(), lock.Close())
	}
	return l, nil
}

// Listening records where the holder listens, for people and for commands that look for it.
func (l *Lock) Listening(address string) error {
	h := readHolder(l.file)
	h.Address = address
	return l.write(h)
}

// Release releases the lock.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close(), l.lock.Close())
}

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

// Serving returns the process that serves the directory now, and false if there is none.
func (d Dir) Serving() (Holder, bool, error) {
	lock := flock.New(d.locked(), flock.SetFlag(os.O_RDONLY))
	switch free, err := lock.TryRLock(); {
	case errors.Is(err, os.ErrNotExist):
		return Holder{}, false, nil
	case err != nil:
		return Holder{}, false, err
	case free:
		return Holder{}, false, lock.Close()
	}
	return d.holder(), true, nil
}

// holder returns the content of the lock file, or zero if it is not readable.
func (d Dir) holder() Holder {
	f, err := os.Open(d.lockFile())
	if err != nil {
		return Holder{}
	}
	defer f.Close()
	return readHolder(f)
}

// readHolder parses the content of the lock file. It returns zero if it is not readable.
func readHolder(f *os.File) (h Holder) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
