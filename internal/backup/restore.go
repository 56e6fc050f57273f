package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Restore puts the database in file in the place of the one at database, and returns where the replaced one is kept now;
// empty when there was none. It must run alone: the caller holds the directory's lock. copyChecked writes a whole and
// checked copy of its first argument to its second. Until the copy is complete nothing is moved.
func Restore(file, database string, now time.Time, copyChecked func(from, to string) error) (kept string, err error) {
	incoming := database + ".restoring"
	if err := os.Remove(incoming); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := copyChecked(file, incoming); err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	if _, err := os.Stat(database); err == nil {
		kept = database + ".replaced-" + now.UTC().Format(stamp)
		// The write-ahead log belongs to the database: left behind, it would be played into the restored one.
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Rename(database+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", fmt.Errorf("put the replaced database aside: %w", err)
			}
		}
	}
	if err := os.Rename(incoming, database); err != nil {
		return kept, fmt.Errorf("put the restored database in its place (it stands at %s): %w", incoming, err)
	}
	return kept, nil
}
