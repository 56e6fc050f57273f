package namets

import (
	"cmp"
	"strings"
	"time"
)

// ImportOptions control the import of a [Dataset].
type ImportOptions struct {
	// Replace allows a row of the data to replace a stored row with the same id and different
	// content. Without it that is a conflict.
	Replace bool
	// DryRun finds conflicts and counts, but writes nothing.
	DryRun bool
	// AnnounceFuture queues the announcements and events of the data with SendEmail and a future
	// time that were never announced, each for its time. Without it they count as announced, as
	// past ones always do (section 7).
	AnnounceFuture bool
	// IgnoreSuppressed imports addresses of people who have unsubscribed, and removes the record of
	// that.
	IgnoreSuppressed bool
}

// ImportReport says what an import did or, with DryRun, would do.
type ImportReport struct {
	// Kinds has one entry for each of [ContentKinds], in that order.
	Kinds []KindCount
	// Conflicts are all rows that conflict with stored rows. If there is one, nothing was written.
	Conflicts []RowConflict
	// Queued counts the announcements and events queued by AnnounceFuture.
	Queued int
	// Suppressed counts the subscribers who have unsubscribed: left out, or imported with
	// IgnoreSuppressed.
	Suppressed int
}

// KindCount counts the imported rows of one kind by result.
type KindCount struct {
	Kind      Kind
	Added     int // the id was free
	Unchanged int // the same row was stored already
	Replaced  int // the id held another content
}

// RowConflict is a row of the data that conflicts with a stored row.
type RowConflict struct {
	Kind  Kind
	Index int // in the slice of this kind in the [Dataset], from 0
	// Field is the field in conflict, named as in the file (section 9): "id", "email",
	// "category_id".
	Field string
	// Message says what is wrong and what would be right, in lower case. It contains no e-mail
	// address and no token.
	Message string
}

// ImportVerdict is the result of a row in an import of subscribers.
type ImportVerdict string

// The verdicts of a row in an import.
const (
	ImportAdded     ImportVerdict = "added"
	ImportChanged   ImportVerdict = "changed"
	ImportUnchanged ImportVerdict = "unchanged"
	ImportLeft      ImportVerdict = "left"     // the person has unsubscribed, and is not brought back
	ImportInactive  ImportVerdict = "inactive" // is stored as inactive and stays so; the rest of the row is taken
	// ImportStays is ImportInactive for a row without other changes: nothing changes.
	ImportStays ImportVerdict = "inactive_unchanged"
	// ImportRefused is for a row whose changes break a rule: nothing of it is stored.
	ImportRefused ImportVerdict = "refused"
)

// SubscriberRow is one row of an import of subscribers: an address and its changes. Nil fields of
// Patch stay unchanged or, for a new subscriber, have the values of [NewSubscriber].
type SubscriberRow struct {
	Patch SubscriberPatch // Email is set
	// Written are the address and the phone number with their surrounding white space in the file,
	// or empty. A subscriber who is stored with exactly this text keeps it.
	Written struct{ Email, Phone string }
	// Exact means that the row only applies to a subscriber who is stored with exactly its address.
	Exact bool
	// SubscribedAt and LastNotified apply to new subscribers; nil means now, and never.
	SubscribedAt, LastNotified *time.Time
}

// Spellings returns possible stored spellings of the row's address, the most likely first.
func (r *SubscriberRow) Spellings() []string {
	if r.Written.Email == "" || r.Written.Email == *r.Patch.Email {
		return []string{*r.Patch.Email}
	}
	return []string{r.Written.Email, *r.Patch.Email}
}

// Onto returns the stored subscriber with the changes of the row. The address stays: another
// spelling is not a change. The error is [Problems] if a change breaks a rule.
func (r *SubscriberRow) Onto(stored *Subscriber) (Subscriber, error) {
	s := *stored
	r.Patch.Apply(&s)
	s.Email = stored.Email
	if r.Patch.Phone != nil && tableText(cmp.Or(r.Written.Phone, *r.Patch.Phone)) == tableText(stored.Phone) {
		s.Phone = stored.Phone
	}
	return s, s.ValidateChange(stored)
}

// tableText returns text as a table stores it: cells contain no carriage returns.
func tableText(s string) string { return strings.ReplaceAll(s, "\r", "") }
