package namets

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is a committee member who may sign in to the admin.
type User struct {
	ID   int64
	Name string // unique without regard to letter case; not an e-mail address
	Role Role
	// HasPassword is false if the user has not chosen a password yet.
	HasPassword bool
	CreatedAt   time.Time
	// LastSignIn is nil until the user has signed in.
	LastSignIn *time.Time
}

// Role determines what a user may do.
type Role string

// The roles; each may do everything that the roles before it may.
const (
	Viewer Role = "viewer" // sees everything but addresses, and changes nothing
	Editor Role = "editor" // changes content and subscribers
	Owner  Role = "owner"  // everything: the token, users, backups
)

// Roles returns all roles, the least privileged first.
func Roles() []Role { return []Role{Viewer, Editor, Owner} }

// Valid reports whether r is one of [Roles].
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Allows reports whether r includes the rights of need. An invalid role has no rights.
func (r Role) Allows(need Role) bool {
	return r.Valid() && slices.Index(Roles(), r) >= slices.Index(Roles(), need)
}

// CheckUserName returns an [Error] for the field name if name is not a valid user name.
func CheckUserName(name string) error { return checkName(name) }

// checkName is the rule for the name of somebody or something that acts, which audit rows show.
func checkName(name string) error {
	refuse := func(message string) error {
		return &Error{Code: Invalid, Field: "name", Message: message}
	}
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .-_'", r)
	}
	switch {
	case name == "":
		return refuse("must not be empty")
	case !utf8.ValidString(name) || utf8.RuneCountInString(name) > 40:
		return refuse("must not be longer than 40 characters")
	case strings.ContainsRune(name, '@'):
		return refuse("must not be an e-mail address: it is shown in the history")
	case strings.ContainsFunc(name, odd) || strings.TrimSpace(name) != name:
		return refuse("takes letters, digits, blanks and . - _ '")
	}
	return nil
}

// The lifetimes of a [Session].
const (
	SessionIdle = 12 * time.Hour     // without any request
	SessionLife = 7 * 24 * time.Hour // in all
	// SessionKnown is how long a session is known after its end, so that input in its browser is
	// not lost.
	SessionKnown = 24 * time.Hour
)

// Session is one browser in which a user is signed in.
type Session struct {
	// Hash is the SHA-256 of the cookie's value; the value itself is not stored.
	Hash      [32]byte
	UserID    int64
	CreatedAt time.Time
	// SeenAt is the time of the last request, to about a minute.
	SeenAt time.Time
	// Address and UserAgent are those of the sign-in.
	Address   string
	UserAgent string
}

// Ended reports whether the session has ended.
func (s Session) Ended(now time.Time) bool {
	return now.Sub(s.CreatedAt) >= SessionLife || now.Sub(s.SeenAt) >= SessionIdle
}
