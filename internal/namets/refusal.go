package namets

import "time"

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
