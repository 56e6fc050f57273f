package namets

import "time"

// RestoreReport describes the effects of a restore besides restoring the rows.
type RestoreReport struct {
	// Newest is the time of the last change in the backup; zero if there is none.
	Newest time.Time
	// Compared says how far the replaced database shows what happened after the backup.
	Compared Comparison
	// Trouble says why the replaced database could not be read; empty if it could, or if there was
	// none.
	Trouble string
	// Rows are the differences between the two, by kind and id.
	Rows []RestoredRow
	// Announced is the number of announcements and events that count as announced because they were
	// announced after the backup. Deliveries is the number of deliveries that were carried over or
	// updated.
	Announced, Deliveries int
	// Suppressed is the number of unsubscribed addresses that the backup did not contain.
	// NotCarried is the number that could not be carried over, because the backup comes from
	// another instance.
	Suppressed, NotCarried int
	// TokensAsInBackup is the number of API tokens that work as in the backup, because no replaced
	// database shows which of them were revoked since.
	TokensAsInBackup int
	// HooksPaused is the number of hooks that are paused, because no replaced database shows
	// whether they still exist.
	HooksPaused int
	// Held counts the deliveries of which it is unknown whether they were sent.
	Held []HeldCount
}

// Comparison is the relation of a replaced database to a backup.
type Comparison string

// The values of [Comparison].
const (
	NothingReplaced Comparison = "nothing"    // there was no database
	NotReadable     Comparison = "unreadable" // it could not be read
	OtherInstance   Comparison = "foreign"    // it is no later state of what the backup was made of
	// Both come from the same database, but it does not contain the backup's last changes
	OtherBranch Comparison = "branch"
	LaterState  Comparison = "later" // it continues the database of the backup
)

// RestoredRow is a difference between a backup and the database that it replaced.
type RestoredRow struct {
	Kind   Kind // of content, or [KindUsers]
	ID     int64
	Name   string // address, name, title or day
	Change RowChange
	// Detail names the field that was switched; empty for other changes.
	Detail string
}

// RowChange is the effect of a restore on a row.
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
	// An owner created after the backup stays if nobody else could sign in as an owner
	RowOwner    RowChange = "owner"
	RowRevoked  RowChange = "revoked"  // an API token that was revoked after the backup stays so
	RowReplaced RowChange = "replaced" // an API token keeps the value of today
)
