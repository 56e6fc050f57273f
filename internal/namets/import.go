package namets

import (
	"cmp"
	"strings"
	"time"
)

// ImportOptions says how storage takes in a [Dataset].
type ImportOptions struct {
	// Replace lets a row of the data take the place of a stored row with the same id and other
	// content. Without it that is a conflict.
	Replace bool
	// DryRun looks for conflicts and counts, but writes nothing.
	DryRun bool
	// AnnounceFuture queues the announcements and events of the data that carry SendEmail, lie in
	// the future and were never announced, each for its time. Without it they count as announced,
	// as those of the past always do (section 7).
	AnnounceFuture bool
	// IgnoreSuppressed brings back the addresses of the data that have left, and forgets that they
	// have.
	IgnoreSuppressed bool
}

// ImportReport says what an import did or, with DryRun, would do.
type ImportReport struct {
	// Kinds has one entry for each of [ContentKinds], in that order.
	Kinds []KindCount
	// Conflicts are all rows that stored rows are in the way of. When there is one, nothing was
	// written.
	Conflicts []RowConflict
	// Queued counts the announcements and events that AnnounceFuture has queued.
	Queued int
	// Suppressed counts the subscribers that were left out because they have left, or brought back
	// all the same.
	Suppressed int
}

// KindCount counts the rows of one kind by what became of them.
type KindCount struct {
	Kind      Kind
	Added     int // the id was free
	Unchanged int // the same row was stored already
	Replaced  int // the id held another content
}

// RowConflict is a row of the data that cannot be stored in addition to, or instead of, what is
// stored.
type RowConflict struct {
	Kind  Kind
	Index int // in the slice of this kind in the [Dataset], from 0
	// Field is the field that is to blame, named as in the file (section 9): "id", "email",
	// "category_id".
	Field string
	// Message says what is wrong and what would be right, in lower case, without e-mail addresses
	// and tokens.
	Message string
}

// ImportVerdict says what became of a row that was imported into the subscribers.
type ImportVerdict string

// The verdicts on a row of an import.
const (
	ImportAdded     ImportVerdict = "added"
	ImportChanged   ImportVerdict = "changed"
	ImportUnchanged ImportVerdict = "unchanged"
	ImportLeft      ImportVerdict = "left"     // the person has unsubscribed, and is not brought back
	ImportInactive  ImportVerdict = "inactive" // is stored as inactive and stays so; the rest of the row is taken
	// ImportStays is ImportInactive for a row that says nothing else that is new: nothing changes.
	ImportStays ImportVerdict = "inactive_unchanged"
	// ImportRefused is for a row that breaks a rule in what it changes: nothing of it is stored.
	ImportRefused ImportVerdict = "refused"
)

// SubscriberRow is one row of an import into the subscribers: an address with what is to be stored
// of it. Nil fields of Patch stay as they are or, for a new subscriber, become what
// [NewSubscriber] gives.
type SubscriberRow struct {
	Patch SubscriberPatch // Email is set
	// Written are the address and the phone number with the white space that the file has around
	// them, or empty. A subscriber who is stored with exactly this text keeps it.
	Written struct{ Email, Phone string }
	// Exact says that the row is only for a subscriber who is stored with exactly its address.
	Exact bool
	// SubscribedAt and LastNotified count for new subscribers; nil: the present, and never.
	SubscribedAt, LastNotified *time.Time
}

// Spellings returns the address of the row as a stored one may be written, the likelier first.
func (r *SubscriberRow) Spellings() []string {
	if r.Written.Email == "" || r.Written.Email == *r.Patch.Email {
		return []string{*r.Patch.Email}
	}
	return []string{r.Written.Email, *r.Patch.Email}
}

// Onto returns the stored subscriber with what the row changes. The address stays: another spelling
// is no change. The error is [Problems] when a change breaks a rule.
func (r *SubscriberRow) Onto(stored *Subscriber) (Subscriber, error) {
	s := *stored
	r.Patch.Apply(&s)
	s.Email = stored.Email
	if r.Patch.Phone != nil && tableText(cmp.Or(r.Written.Phone, *r.Patch.Phone)) == tableText(stored.Phone) {
		s.Phone = stored.Phone
	}
	return s, s.ValidateChange(stored)
}

// tableText returns what a table keeps of a text: its cells hold no carriage returns.
func tableText(s string) string { return strings.ReplaceAll(s, "\r", "") }
