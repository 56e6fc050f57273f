package datadir

import "fmt"

// Space is the space on a directory's file system, in bytes.
type Space struct {
	// Free is the space that this process may still use.
	Free  int64
	Total int64
}

const (
	// fullBelow is less than the write-ahead log can need before SQLite empties it, so a change may
	// fail at any moment.
	fullBelow = 4 << 20
	// lowBelow is little for any database; lowAtMost caps the 5 % of a large disk.
	lowBelow, lowAtMost = 64 << 20, 1 << 30
)

// Space returns the current space. For a directory that does not exist it is that of its nearest
// parent.
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

// Full reports whether changes may fail at any moment for lack of space.
func (s Space) Full() bool { return s.Free < fullBelow }

// Low reports whether the disk is nearly full: less than 64 MB, less than 5 % of the disk (at most
// 1 GB), or less than twice the size of the database is free. A backup and a migration need the
// latter. A full disk is low, too.
func (s Space) Low(database int64) bool {
	return s.Free < max(lowBelow, min(s.Total/20, lowAtMost), 2*database)
}
