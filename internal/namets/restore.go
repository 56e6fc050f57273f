package namets

import "time"

// RestoreReport says what a restore did besides putting the rows of a backup in the place of
// today's.
type RestoreReport struct {
	// Newest is when the last change that the backup holds was made; zero when it holds none.
	Newest time.Time
	// Compared says how far the replaced database could tell what happened after the backup.
	Compared Comparison
	// Trouble says why the replaced database could not be read; empty when it could, or when there
	// was none.
	Trouble string
	// Rows are the rows that differ between the two, by kind and id.
	Rows []RestoredRow
	// Announced is how many announcements and events count as announced because they were after
	// the backup, Deliveries how many deliveries were carried over or brought up to date.
	Announced, Deliveries int
	// Suppressed is how many addresses are known to have left that the backup did not know of;
	// NotCarried is how many could not be carried over, because the backup comes from another
	// instance.
	Suppressed, NotCarried int
	// Held counts the deliveries of which nobody knows whether they went out.
	Held []HeldCount
}

// Comparison says how a replaced database and a backup belong together.
type Comparison string

// The values of [Comparison].
const (
	NothingReplaced Comparison = "nothing"    // there was no database
	NotReadable     Comparison = "unreadable" // it could not be read
	OtherInstance   Comparison = "foreign"    // it is no later state of what the backup was made of
	// Both come from the same database, but it does not know the backup's last changes
	OtherBranch Comparison = "branch"
	LaterState  Comparison = "later" // it is what became of the backup
)

// RestoredRow is a row that differs between a backup and the database that it replaced.
type RestoredRow struct {
	Kind   Kind // of content, or [KindUsers]
	ID     int64
	Name   string // address, name, title or day
	Change RowChange
	// Detail names what was switched; empty for other changes.
	Detail string
}

// RowChange is what a restore meant to a row.
type RowChange string

// The values of [RowChange].
const (
	RowBack     RowChange = "back"          // was deleted after the backup and is there again
	RowGone     RowChange = "gone"          // was added after the backup and is not there any more
	RowLeft     RowChange = "left"          // left by themselves after the backup and stay away
	RowSwitched RowChange = "switched"      // is as in the backup again
	RowDeleted  RowChange = "kept deleted"  // was deleted after the backup and stays so
	RowKept     RowChange = "kept switched" // was switched after the backup and stays so
	RowPassword RowChange = "password"      // a user keeps the password of today
	RowRole     RowChange = "role"          // a user keeps the lesser role of today
	// An owner from after the backup stays, for nobody else could sign in as one
	RowOwner RowChange = "owner"
)
