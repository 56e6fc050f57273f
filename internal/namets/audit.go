package namets

import "time"

// Actor is the originator of a change. Every method that changes data takes an Actor and stores it
// in the audit row.
type Actor struct {
	Kind ActorKind
	// Name is the name of the signed-in user, the command or the API token, or empty. It is never
	// an e-mail address.
	Name string
	// Address is the client's network address, or empty.
	Address string
}

// ActorKind is the way in which an [Actor] acts.
type ActorKind string

// The kinds of an [Actor].
const (
	System   ActorKind = "system"  // the service itself: timers, the token source
	Command  ActorKind = "command" // a person at the command line
	SignedIn ActorKind = "user"    // a signed-in member of the committee
	Visitor  ActorKind = "visitor" // somebody on the public pages
	Program  ActorKind = "api"     // a workflow or program with an API token
)

// AuditEntry says who did what, and when. It contains no secrets. The only address of a subscriber
// in it is the Subject, which is read from the subscriber and stored nowhere else.
type AuditEntry struct {
	ID       int64
	At       time.Time
	By       Actor
	Action   string   // create, update, delete, retry, …
	Entity   Kind     // what it was done to; empty for a [Refusal] without a user
	EntityID int64    // 0: no single row
	Changed  []string // the fields that an update changed
	Count    int      // of rows that one act changed; 0 when that is not told
	// Subject identifies the row for people: a title, a name, a day, the address of a subscriber,
	// the kind of a delivery. It is the current one, or the last one of a deleted row; empty if
	// unknown.
	Subject string
	// First and Last are the range of days of an action on many days; empty for others.
	First, Last string
	// Fingerprint is that of the new API token, Reason the cause of the change; both are empty for
	// other actions.
	Fingerprint, Reason string
	// Times is how often it happened, from At to LastAt; 0 and nil for anything but a [Refusal].
	Times  int
	LastAt *time.Time
}

// AuditFilter selects entries. Zero fields select all. An action on many rows is one entry, unless
// EntityID asks for one of the rows.
type AuditFilter struct {
	Actor    string // the name
	Entity   Kind
	EntityID int64     // with Entity
	From, To time.Time // done then or later, and before that; zero: whenever
	Before   int64     // an id: only older ones, for the next page
	Limit    int       // at most this many, 0: 50
}

// HistoryEntry is a change of a row.
type HistoryEntry struct {
	At     time.Time
	By     Actor
	Action string // "create", "update", "delete" and others
	// Changed names the changed fields.
	Changed []string
}

// RefusalKind is the reason for a refusal at the admin. It is the action of the audit row.
type RefusalKind string

// The kinds of a [Refusal].
const (
	SignInFailed RefusalKind = "sign_in_failed" // the name or the password was wrong
	// There were too many of those; the password was not checked
	SignInThrottled  RefusalKind = "sign_in_throttled"
	SignInBusy       RefusalKind = "sign_in_busy"          // too many signed in at once; the password was not looked at
	PasswordRefused  RefusalKind = "password_check_failed" // of somebody who has signed in and is asked again
	LinkRefused      RefusalKind = "password_link_refused" // one that lets its holder choose a password is of no use
	CrossSiteRefused RefusalKind = "cross_site_refused"    // a page of another site made the browser send it
	RoleRefused      RefusalKind = "role_refused"          // the user's role does not allow it
)

// RefusalKinds returns all kinds.
func RefusalKinds() []RefusalKind {
	return []RefusalKind{SignInFailed, SignInThrottled, SignInBusy, PasswordRefused, LinkRefused, CrossSiteRefused,
		RoleRefused}
}

// Refusal counts equal refusals of one user, or of somebody unknown, from one network. It never
// contains user input.
type Refusal struct {
	Kind RefusalKind
	// UserID and User are the user concerned: 0 and empty if the name was unknown or missing.
	UserID int64
	User   string
	// Network is the network. Address is the client's, or the network if there were several.
	Network, Address string
	// Route is the method and pattern of the request; empty if the kind implies it.
	Route       string
	Count       int
	First, Last time.Time
}

// UnknownName replaces an unknown user name, because people type passwords there.
const UnknownName = "unknown"
