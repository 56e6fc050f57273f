package namets

import "time"

// Actor is who does something. Every method that changes data takes one and writes it into the
// audit row.
type Actor struct {
	Kind ActorKind
	// Name is the signed-in user's name, the command's name, or empty. Never an e-mail address.
	Name string
	// Address is the client's network address, or empty.
	Address string
}

// ActorKind says through which door an [Actor] came.
type ActorKind string

// The kinds of an [Actor].
const (
	System   ActorKind = "system"  // the service itself: timers, the token source
	Command  ActorKind = "command" // a person at the command line
	SignedIn ActorKind = "user"    // a signed-in member of the committee
	Visitor  ActorKind = "visitor" // somebody on the public pages
)

// AuditEntry says who did what, and when. It holds no secrets, and no address of a subscriber but
// as the Subject: that is read from the subscriber, and stored nowhere else.
type AuditEntry struct {
	ID       int64
	At       time.Time
	By       Actor
	Action   string   // create, update, delete, retry, …
	Entity   Kind     // what it was done to; empty for a [Refusal] without a user
	EntityID int64    // 0: no single row
	Changed  []string // the fields that an update changed
	Count    int      // of rows that one act changed; 0 when that is not told
	// Subject is what people know the row by: a title, a name, a day, the address of a subscriber,
	// the kind of a delivery. It is that of now, or that of the row when it was deleted; empty
	// where nothing is known.
	Subject string
	// First and Last are the days that an act on many days is about; empty for others.
	First, Last string
	// Fingerprint is that of the API token which the act brought, Reason what led to it; both are
	// empty for other acts.
	Fingerprint, Reason string
	// Times is how often it happened, from At to LastAt; 0 and nil for what is no [Refusal].
	Times  int
	LastAt *time.Time
}

// AuditFilter chooses entries. Zero fields choose all. What one act did to many rows is one entry,
// unless EntityID asks for one of the rows.
type AuditFilter struct {
	Actor    string // the name
	Entity   Kind
	EntityID int64     // with Entity
	From, To time.Time // done then or later, and before that; zero: whenever
	Before   int64     // an id: only older ones, for the next page
	Limit    int       // at most this many, 0: 50
}

// HistoryEntry is something that was done to a row.
type HistoryEntry struct {
	At     time.Time
	By     Actor
	Action string // "create", "update", "delete" and others
	// Changed names the fields that were changed.
	Changed []string
}

// RefusalKind says why somebody was refused at the admin. It is the action of the audit row.
type RefusalKind string

// The kinds of a [Refusal].
const (
	SignInFailed RefusalKind = "sign_in_failed" // the name or the password was wrong
	// There were too many of those; the password was not looked at
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

// Refusal is what happened again and again to one user, or to somebody who is no user, from one
// network. It never holds what somebody has typed.
type Refusal struct {
	Kind RefusalKind
	// UserID and User are the user whom it is about: 0 and empty when a name was typed that no
	// user has, or none.
	UserID int64
	User   string
	// Network is the network; Address is the client's, or the network when there were several.
	Network, Address string
	// Route is what was asked for, as method and pattern; empty where the kind says it.
	Route       string
	Count       int
	First, Last time.Time
}

// UnknownName is how a name that no user has is written: people type passwords there.
const UnknownName = "unknown"
