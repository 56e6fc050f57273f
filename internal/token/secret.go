package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
)

const redacted = "[secret]"

// Secret holds a token or a signing key and prints as "[secret]" wherever it turns up: with every
// verb of fmt, in slog, JSON, text encodings and templates. The value sits behind a function, so
// that a printer which walks through unexported fields meets an address and not the value, and so
// that == does not compile; compare with [Secret.Equal]. The zero value is the empty secret.
type Secret struct {
	reveal func() string
}

// NewSecret wraps value as it is: it neither trims nor validates. See [Parse] for a token from
// outside.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return value }}
}

// Reveal returns the value. The caller answers for where the value goes next.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether s is the empty secret.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal reports whether both hold the same value, in a time that tells nothing about where they
// differ.
func (s Secret) Equal(other Secret) bool {
	a, b := digestOf(s.Reveal()), digestOf(other.Reveal())
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Fingerprint returns the first 8 hex digits of the value's SHA-256, which logs, audit rows and
// pages may show, and an empty string for the empty secret.
func (s Secret) Fingerprint() string {
	if s.IsZero() {
		return ""
	}
	return digestOf(s.Reveal()).Fingerprint()
}

// String returns "[secret]".
func (s Secret) String() string { return redacted }

// GoString returns "[secret]".
func (s Secret) GoString() string { return redacted }

// Format writes "[secret]" whatever the verb and its flags.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns "[secret]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[secret]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[secret]" as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Digest is the SHA-256 of a token: enough to recognise the token, not to know it. The zero value
// recognises nothing.
type Digest [sha256.Size]byte

// Fingerprint returns the first 8 hex digits, and an empty string for the zero digest.
func (d Digest) Fingerprint() string {
	if d.IsZero() {
		return ""
	}
	return hex.EncodeToString(d[:4])
}

// IsZero reports whether d recognises nothing.
func (d Digest) IsZero() bool { return d == Digest{} }

func digestOf(value string) Digest { return sha256.Sum256([]byte(value)) }
