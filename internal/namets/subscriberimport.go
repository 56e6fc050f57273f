package namets

import (
	"cmp"
	"errors"
	"strings"
	"time"
)

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
	// ImportEnded is for a stored subscriber whose address is suppressed for a final reason:
	// nothing changes.
	ImportEnded ImportVerdict = "ended"
	// ImportAsked is for a new address that is sent an e-mail and has to confirm.
	ImportAsked ImportVerdict = "asked"
	// ImportRefused is for a row whose changes break a rule: nothing of it is stored.
	ImportRefused ImportVerdict = "refused"
)

// SubscriberImport controls an import of subscribers.
type SubscriberImport struct {
	// DryRun computes the verdicts and writes nothing.
	DryRun bool
	// Program is set for the rows of a program. Nil is a table that somebody on the committee
	// imports, who answers for the consent of the people in it: it fires no event, and its one
	// audit row is about the whole.
	Program *ProgramImport
}

// ProgramImport controls how the rows of a program are stored. A new address needs a consent, or is
// asked to confirm. Each row has its audit row, and fires the events that a form fires.
type ProgramImport struct {
	// Mode says which rows are stored; empty is [Upsert].
	Mode WriteMode
	// Ask is how many new addresses without consent are asked to confirm. Further ones are refused
	// because of [ErrNoConsent] if it is 0, else of [ErrAskLimit].
	Ask int
	// Atomic stores nothing if a row is refused.
	Atomic bool
	// Quiet fires no events, then or later.
	Quiet bool
	// Links makes the links in the e-mails that ask to confirm.
	Links Links
}

// SubscriberWrite is one row of a program.
type SubscriberWrite struct {
	SubscriberRow
	ProgramImport
	// Accepts is that of a [Change].
	Accepts func(revision int64) bool
	// Check, unless nil, returns an error if the row may not be stored over the subscriber, nil if
	// there is none. It runs while nobody else can write, and must not wait.
	Check func(stored *Subscriber, revision int64) error
}

// SubscriberChange is a change of a stored subscriber by a program.
type SubscriberChange struct {
	Change[Subscriber]
	// Consent is what the program claims; nil if it claims none. A new address needs one, and so
	// does who is to become active again.
	Consent *ClaimedConsent
}

// WriteMode says which rows a program stores; the others are refused.
type WriteMode string

// The modes.
const (
	Upsert     WriteMode = "upsert" // all
	CreateOnly WriteMode = "create" // those of new addresses; others because of [ErrExists]
	UpdateOnly WriteMode = "update" // those of stored subscribers; others because of [ErrMissing]
)

// AskLimit is how many confirmation e-mails all programs together may ask for in a day.
const AskLimit = 200

// The reasons for which a row of a program is refused, other than [Problems].
var (
	ErrNoConsent = errors.New("the e-mails need a consent")
	ErrAskLimit  = errors.New("no more addresses are asked to confirm")
	ErrExists    = errors.New("the address belongs to a subscriber")
	ErrMissing   = errors.New("the address belongs to no subscriber")
)

// ErrSuppressed is the cause of a [Conflict] about an address whose owner has left, and has not
// consented since.
var ErrSuppressed = errors.New("the address has left")

// RowResult is the result of one row of an import of subscribers.
type RowResult struct {
	Verdict ImportVerdict
	// ID is the stored subscriber that the row is about; 0 for none, and for a new one in a dry
	// run.
	ID int64
	// Why is why the row is refused: [Problems], or an [Error], which has one of the reasons above
	// as its cause, or is about a key that is taken. It is nil if no subscriber is stored with
	// exactly the address of a row that has to be [SubscriberRow.Exact].
	Why error
}

// Refused returns the result of a row that is refused because of why.
func Refused(why error) RowResult { return RowResult{Verdict: ImportRefused, Why: why} }

// refuse returns the result of a row that is refused for the reason.
func refuse(code Code, why error, message string) RowResult {
	return RowResult{Verdict: ImportRefused, Why: &Error{Code: code, Field: "email", Message: message, Err: why}}
}

// RefusedRow returns the result of a row that is refused because of one of the reasons above.
func RefusedRow(why error) RowResult {
	switch {
	case errors.Is(why, ErrNoConsent):
		return refuse(Invalid, why, "is new here: send a consent with consent_at and consent_source, or let the "+
			"person be asked to confirm")
	case errors.Is(why, ErrAskLimit):
		return refuse(Invalid, why, "is new here, and no more people are asked to confirm today: send a consent, or "+
			"try again later")
	case errors.Is(why, ErrExists):
		return refuse(Conflict, why, "belongs to another subscriber already")
	}
	return refuse(NotFound, why, "belongs to no subscriber")
}

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
	// Consent is what a program claims; nil if it claims none.
	Consent *ClaimedConsent
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
