package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"namets/internal/datadir"
)

// PendingName is the name of the marker in the data directory. Without it, no restore waits for the
// next start.
const PendingName = "next-restore.json"

const (
	// The pattern of the copies that the marker names, and of SQLite's files next to them
	pendingCopy = "next-restore-*.db*"
	resultName  = "last-restore.json"
	// pendingTries is how often a start attempts a restore: a killed one gets a second try, and a
	// machine that is killed each time still comes up.
	pendingTries = 2
)

// Pending is a restore that the next start carries out.
type Pending struct {
	// Copy is the file name of the backup's copy in the data directory. Source is the name of the
	// backup for people.
	Copy   string `json:"copy"`
	Source string `json:"source"`
	// KeepDeletes preserves deletions and deactivations made after the backup.
	KeepDeletes bool `json:"keep_deletes"`
	// By is who asked for it, Kind how, and Address from where.
	Kind    string    `json:"kind"`
	By      string    `json:"by"`
	Address string    `json:"address,omitempty"`
	AskedAt time.Time `json:"asked_at"`
	Tries   int       `json:"tries"`
}

// NewCopy returns the path for the copy of a backup that the next start restores, in the data
// directory dir.
func NewCopy(dir string, now time.Time) string {
	return filepath.Join(dir, "next-restore-"+now.UTC().Format(stamp)+".db")
}

// Ask writes the marker for the next start and replaces an earlier one. The marker is written only
// after the copy is on the disk.
func (p Pending) Ask(dir string) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := errors.Join(datadir.Flush(filepath.Join(dir, p.Copy)),
		writeWhole(filepath.Join(dir, PendingName), text)); err != nil {
		return fmt.Errorf("leave the mark for the next start: %w", err)
	}
	return removeCopies(dir, p.Copy)
}

// ReadPending returns the restore that the next start carries out, and false if there is none.
func ReadPending(dir string) (p Pending, there bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, PendingName))
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil && !isCopy(p.Copy) {
		err = errors.New("it names no copy")
	}
	if err != nil {
		return p, true, fmt.Errorf("read %s: %w", PendingName, err)
	}
	return p, true, nil
}

// isCopy reports whether the name is one of [NewCopy]. No other file is restored.
func isCopy(name string) bool {
	return filepath.Base(name) == name && strings.HasPrefix(name, "next-restore-") && strings.HasSuffix(name, ".db")
}

// Begin records that a start begins the restore. It fails if the restore was begun too often and
// never finished.
func (p Pending) Begin(dir string) error {
	if p.Tries >= pendingTries {
		return fmt.Errorf("it was begun %d times and was killed each time", p.Tries)
	}
	p.Tries++
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, PendingName), text)
}

// Forget removes the marker, and then the copies, because the restore is done or given up.
func Forget(dir string) error {
	if err := os.Remove(filepath.Join(dir, PendingName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(datadir.Flush(dir), removeCopies(dir, ""))
}

// removeCopies removes the copies for the next start, except the one with the name, and incomplete
// copies.
func removeCopies(dir, but string) error {
	names, err := filepath.Glob(filepath.Join(escape(dir), pendingCopy))
	for _, name := range names {
		if but == "" || !strings.HasPrefix(filepath.Base(name), but) {
			err = errors.Join(err, os.Remove(name))
		}
	}
	return err
}

// Outcome is the result of the last restore.
type Outcome struct {
	At     time.Time `json:"at"`
	Source string    `json:"source"`
	By     string    `json:"by"`
	// Failure says why the database was not replaced; empty if it was restored.
	Failure string `json:"failure,omitempty"`
	// Text is the report of the restore. It names people.
	Text string `json:"text,omitempty"`
}

// Save writes the result of a restore for the admin. Only the owner of the directory may read it.
func (o Outcome) Save(dir string) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, resultName), text)
}

// ReadOutcome returns the result of the last restore, and false if there is none. Because it names
// people, it is removed once it is as old as a replaced database may get.
func ReadOutcome(dir string, now time.Time) (o Outcome, there bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, resultName))
	if errors.Is(err, fs.ErrNotExist) {
		return o, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err == nil && now.Sub(o.At) > replacedRetention {
		return Outcome{}, false, os.Remove(filepath.Join(dir, resultName))
	}
	return o, err == nil, err
}

// writeWhole writes a file completely or not at all, readable only by its owner.
func writeWhole(path string, text []byte) error {
	partial := path + ".part"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return errors.Join(os.Rename(partial, path), datadir.Flush(filepath.Dir(path)))
}
