package datadir

import "fmt"

// Space is how much room the file system of a directory has, in bytes.
type Space struct {
	// Free is what this process may still write.
	Free  int64
	Total int64
}

const (
	// fullBelow is less than the write-ahead log takes before SQLite empties it: a change may fail
	// at any moment.
	fullBelow = 4 << 20
	// lowBelow is little for any database; lowAtMost bounds the twentieth of a large disk.
	lowBelow, lowAtMost = 64 << 20, 1 << 30
)

// Space returns how much room there is now. For a directory that is still to be made it is the
// room of the one above it.
func (d Dir) Space() (Space, error) {
	path, err := existing(d.path)
	if err != nil {
		return Space{}, fmt.Errorf("look how much room DATA_DIR has: %w", err)
	}
	space, err := spaceOf(path)
	if err != nil {
		return Space{}, fmt.Errorf("look how much room DATA_DIR has: %w", err)
	}
	return space, nil
}

// Full reports whether changes can fail at any moment for want of room.
func (s Space) Full() bool { return s.Free < fullBelow }

// Low reports whether room will be wanting soon: less than 64 MB are free, less than a twentieth
// of the disk (but not more than 1 GB), or less than twice the size of the database, which a
// backup and a migration need. A full disk is low too.
func (s Space) Low(database int64) bool {
	return s.Free < max(lowBelow, min(s.Total/20, lowAtMost), 2*database)
}
