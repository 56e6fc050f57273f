package namets

import "errors"

// ErrOtherRevision is the cause of a [Conflict]: the row has another revision than the one that its
// change is meant for.
var ErrOtherRevision = errors.New("the row has another revision")

// RowRef names one row of a kind. The zero RowRef names none, and at most one field is set.
type RowRef struct {
	ID   int64
	Key  string // the author's key, see [Meta]
	Date Date   // of a [PrayerSchedule]
}

// Change is a change of one row.
type Change[R any] struct {
	By Actor
	// Row is the row to change; the zero RowRef adds a new one.
	Row RowRef
	// Create adds the row if there is none with the Key or the Date.
	Create bool
	// Accepts, unless nil, reports whether the row with the revision may be changed, 0 if there is
	// none.
	Accepts func(revision int64) bool
	// Quiet announces nothing of the change, now or later, as for an import.
	Quiet bool
	// Edit changes the row in place. A new row has revision 0, and its Key if Row has one. With an
	// error nothing is written. It runs while nobody else can write, and must not wait.
	Edit func(row *R, revision int64) error
}

// Removal is the deletion of one row.
type Removal struct {
	By Actor
	// Row is the row to delete.
	Row RowRef
	// Accepts is that of a [Change]. It is not called if there is no such row.
	Accepts func(revision int64) bool
}

// ChangeOutcome says what a [Change] or a [Removal] has done.
type ChangeOutcome string

// The values of [ChangeOutcome].
const (
	WasCreated   ChangeOutcome = "created"
	WasUpdated   ChangeOutcome = "updated"
	WasUnchanged ChangeOutcome = "unchanged" // it is stored like that already
	WasDeleted   ChangeOutcome = "deleted"
	WasAbsent    ChangeOutcome = "absent" // there is no row to delete
)

// Changed is the result of a [Change], with the row as it is stored, or of a [Removal], with the
// row as it was.
type Changed[R any] struct {
	Outcome  ChangeOutcome
	Row      R
	Revision int64
}

// ExactRevision returns the Accepts of a [Change] for a row whose revision is known; 0 accepts all.
func ExactRevision(revision int64) func(int64) bool {
	if revision == 0 {
		return nil
	}
	return func(stored int64) bool { return stored == revision }
}
