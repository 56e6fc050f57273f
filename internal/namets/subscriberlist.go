package namets

import (
	"cmp"
	"strings"
	"time"
)

// SubscriberFilter chooses subscribers. Zero fields choose all.
type SubscriberFilter struct {
	// Search is a part of the address, whatever its letter case and whether its domain is typed in
	// Unicode or in Punycode, or, when it has the signs of one only, of the phone number.
	Search string
	// Nil fields choose both.
	Active, Verified, Announcements, Events, PrayerChanges *bool
}

// SubscriberSort is an order of a list of subscribers.
type SubscriberSort struct {
	ByEmail    bool // otherwise by the time of subscribing
	Descending bool
}

// SubscriberList is a part of a list of subscribers.
type SubscriberList struct {
	Rows []Subscriber
	// Total is how many there are in the whole list or, with a filter, [MaxFound] when there are
	// as many or more.
	Total int
}

// MaxFound is how many a filter finds at most: further ones are found by choosing more closely.
const MaxFound = 5000

// HistoryEntry is something that was done to a row.
type HistoryEntry struct {
	At     time.Time
	By     Actor
	Action string // "create", "update", "delete" and others
	// Changed names the fields that were changed.
	Changed []string
}

// BulkAction is what can be done to many subscribers at once.
type BulkAction string

// The bulk actions.
const (
	BulkActivate   BulkAction = "activate"
	BulkDeactivate BulkAction = "deactivate"
	BulkVerify     BulkAction = "verify"
	BulkDelete     BulkAction = "delete"
)

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

// NewSubscriber is what somebody gets who is added by the committee and of whom nothing else is
// said: active, not verified, and is subscribed to everything.
func NewSubscriber(email string) Subscriber {
	return Subscriber{Email: email, IsActive: true, Notify: Preferences{Announcements: true, Events: true,
		PrayerChanges: true}}
}

// Merge gives s what it lacks and what other, of the same mailbox, has: a phone number, and that
// the address is known to belong to the person. It has subscribed when the first of the two did,
// and was written to when the last one was.
func (s *Subscriber) Merge(other *Subscriber) {
	if s.Phone == "" {
		s.Phone = other.Phone
	}
	s.IsVerified = s.IsVerified || other.IsVerified
	if other.SubscribedAt.Before(s.SubscribedAt) {
		s.SubscribedAt = other.SubscribedAt
	}
	if s.LastNotified == nil || other.LastNotified != nil && other.LastNotified.After(*s.LastNotified) {
		s.LastNotified = other.LastNotified
	}
}
