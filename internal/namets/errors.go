package namets

import (
	"errors"
	"strings"
)

// Code is the category of an error. internal/server maps codes to HTTP statuses, in one place.
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

// ErrSilenced is the cause of a [Conflict] about an address that is suppressed for a final reason,
// see [SuppressionReason.Final].
var ErrSilenced = errors.New("the address gets no e-mail")

// Error is an error that can be explained to a person.
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

// CodeOf returns the code of the first [Error] in err's chain, or [Internal] if there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Problems are all reasons why a form's input cannot be stored, each with its field. The store
// itself is liberal: an import keeps what the original stored.
type Problems []*Error

// Error returns all problems on one line.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, e := range p {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the single problems, for errors.As.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i, e := range p {
		errs[i] = e
	}
	return errs
}

// Field returns the message of the first problem with the field, or an empty string.
func (p Problems) Field(name string) string {
	for _, e := range p {
		if e.Field == name {
			return e.Message
		}
	}
	return ""
}

// JoinProblems returns the problems of all errors, one for each field, or nil if there is none. An
// error that is neither [Problems] nor an Invalid [Error] with a field is returned as it is.
func JoinProblems(errs ...error) error {
	var all Problems
	for _, err := range errs {
		list, ok := errors.AsType[Problems](err)
		if one, is := errors.AsType[*Error](err); !ok && is && one.Code == Invalid && one.Field != "" {
			list, ok = Problems{one}, true
		}
		if err != nil && !ok {
			return err
		}
		for _, p := range list {
			if all.Field(p.Field) == "" {
				all = append(all, p)
			}
		}
	}
	return all.err()
}

// err returns p, or nil if there is no problem.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *Problems) add(field, message string) {
	*p = append(*p, &Error{Code: Invalid, Field: field, Message: message})
}
