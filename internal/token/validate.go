package token

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"namets/internal/secret"
)

const (
	minLength = 16
	maxLength = 512
)

// Generate returns a new token of 256 random bits as 64 hex digits.
func Generate() secret.Value {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the process when there is no randomness
	return secret.New(hex.EncodeToString(b[:]))
}

// Validate returns nil if value is a valid API token, and otherwise the reason. Blanks, tabs and
// line ends at both ends are ignored. A token has 16 to 512 characters, all printable ASCII without
// blanks because it is sent in a header. It is not a placeholder from documentation or examples,
// and does not look like something else: a value in quotation marks, a reference, a path,
// NAME=value, the hash of a password. The error wraps [ErrInvalid], is one sentence that says what
// would be right, and does not contain the value.
func Validate(value string) error {
	_, err := Parse(value)
	return err
}

// Parse trims the content of a file, a variable or a secret, and returns it as a token if
// [Validate] accepts it. An error that is a [Doubt] contains the value as its set's token.
func Parse(value string) (secret.Value, error) {
	value = strings.Trim(value, " \t\r\n")
	why, looks := impossible(value), ""
	if value != "" && len(value) <= maxLength {
		looks = doubtful(value)
	}
	switch {
	case looks != "" && why == "":
		return secret.Value{}, &Doubt{why: looks, Set: Set{Token: secret.New(value)}}
	case looks != "": // what it looks like says more
		return secret.Value{}, &refusal{looks}
	case why != "":
		return secret.Value{}, &refusal{why}
	}
	return secret.New(value), nil
}

// Doubt refuses a value that could be sent in a header but looks like something other than a token.
// It wraps [ErrInvalid]. A caller that knows the token from the history accepts the set anyway (see
// [Known]): stricter rules must not break a working service.
type Doubt struct {
	// Set is the set that the provider would have returned.
	Set Set
	why string
}

// Doubted adds the rest of the provider's set to err, if err is a [Doubt], and returns err.
func Doubted(err error, set Set) error {
	if d, ok := errors.AsType[*Doubt](err); ok {
		set.Token = d.Set.Token
		d.Set = set
	}
	return err
}

// Error says what the value looks like, without the value itself.
func (d *Doubt) Error() string { return (&refusal{d.why}).Error() }

// Unwrap returns [ErrInvalid].
func (d *Doubt) Unwrap() error { return ErrInvalid }

// Why says what the value looks like and what would be right, as a sentence that begins with "it".
func (d *Doubt) Why() string { return "it " + d.why }

// refusal refuses a value that cannot be a token.
type refusal struct{ why string }

func (r *refusal) Error() string {
	return fmt.Sprintf("%v: it %s; make one with: namets token generate", ErrInvalid, r.why)
}

func (r *refusal) Unwrap() error { return ErrInvalid }

// impossible says why the trimmed value cannot be sent as a token, as the end of a sentence; empty
// if it can.
func impossible(value string) string {
	switch {
	case value == "":
		return "is blank"
	case len(value) > maxLength:
		return fmt.Sprintf("has more than %d characters", maxLength)
	case strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' }):
		return "holds a blank or a character other than printable ASCII, which cannot travel in a header"
	}
	return ""
}

// doubtful says what the trimmed value, which is not empty and not too long, looks like instead of
// a token, as the end of a sentence; empty if it looks like a token.
func doubtful(value string) string {
	if looks := lookalike(value); looks != "" {
		return looks
	}
	switch {
	case impossible(value) != "":
		return ""
	case isPlaceholder(value):
		return "is a placeholder, not a secret"
	case len(value) < minLength:
		return fmt.Sprintf("has fewer than %d characters", minLength)
	}
	return ""
}
