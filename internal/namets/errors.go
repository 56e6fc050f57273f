package namets

import "errors"

// Code says in which way an act failed. One place maps codes to HTTP statuses: internal/server.
type Code string

// The codes of an [Error].
const (
	Invalid     Code = "invalid"     // the input breaks a rule; Message says which and what would be right
	NotFound    Code = "not_found"   // there is no such row
	Conflict    Code = "conflict"    // another row, or a newer version of this one, is in the way
	Forbidden   Code = "forbidden"   // the actor may not do this
	Unavailable Code = "unavailable" // storage is full, locked or read-only: try again later
	Internal    Code = "internal"    // anything else; its message is not for strangers
)

// ErrSilenced is the cause of a [Conflict] about an address whose owner has asked never to be
// written to again.
var ErrSilenced = errors.New("the owner of the address wants no e-mail")

// Error is a failure that the caller can explain to a person.
type Error struct {
	Code    Code
	Field   string // the input field that is to blame, or empty
	Message string // a clause in plain words, lower case, without secrets and addresses
	Err     error  // the cause, for the log; may be nil
}

// Error returns field, message and cause, for the log.
func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [Error] in err's chain, and [Internal] when there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
