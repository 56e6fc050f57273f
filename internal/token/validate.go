package token

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	minLength = 16
	maxLength = 512
)

// Generate returns a new token of 256 random bits as 64 hex digits.
func Generate() Secret {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the process when there is no randomness
	return NewSecret(hex.EncodeToString(b[:]))
}

// Validate reports why value cannot be the API token, and nil when it can. Blanks, tabs and line ends at both ends do not
// count. The token has 16 to 512 characters, all of them printable ASCII without blanks because it travels in a header,
// and is not one of the placeholders that documentation and examples carry. The error wraps [ErrInvalid], is one
// sentence that says how to make a token, and does not contain the value.
func Validate(value string) error {
	_, err := Parse(value)
	return err
}

// Parse trims what stands in a file, a variable or a secret, and returns it as a token when [Validate] accepts it.
func Parse(value string) (Secret, error) {
	value = strings.Trim(value, " \t\r\n")
	if why := refusal(value); why != "" {
		return Secret{}, fmt.Errorf("%w: it %s; make one with: namets token generate", ErrInvalid, why)
	}
	return NewSecret(value), nil
}

// refusal returns what is wrong with the trimmed value as the end of a sentence, or an empty string.
func refusal(value string) string {
	switch {
	case value == "":
		return "is blank"
	case len(value) > maxLength:
		return fmt.Sprintf("has more than %d characters", maxLength)
	case strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' }):
		return "holds a blank or a character other than printable ASCII, which cannot travel in a header"
	case isPlaceholder(value):
		return "is a placeholder, not a secret"
	case len(value) < minLength:
		return fmt.Sprintf("has fewer than %d characters", minLength)
	}
	return ""
}
