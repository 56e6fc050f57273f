// Package secret has one type for values that nobody may see: API tokens, signing keys, passwords,
// logins, and addresses that work like a password. A [Value] prints as "[secret]" everywhere.
// People see its fingerprint instead, and a [Digest] recognizes it.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
)

const redacted = "[secret]"

// Value contains a secret and prints as "[secret]": with every verb of fmt, in slog, JSON, text
// encodings and templates. The secret is behind a function, so that a printer that reads unexported
// fields finds an address and not the secret, and so that == does not compile; compare with
// [Value.Equal]. The zero Value is the empty secret.
type Value struct {
	reveal func() string
}

// New wraps text unchanged: it neither trims nor validates.
func New(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{reveal: func() string { return text }}
}

// Reveal returns the secret. The caller must not pass it on to a log, an error, a metric or a page.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// IsZero reports whether v is the empty secret.
func (v Value) IsZero() bool { return v.reveal == nil }

// Equal reports whether both contain the same secret, in constant time.
func (v Value) Equal(other Value) bool {
	a, b := DigestOf(v.Reveal()), DigestOf(other.Reveal())
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Fingerprint returns the first 8 hex digits of the secret's SHA-256, which logs, audit rows and
// pages may show, or "" for the empty secret. Do not show the fingerprint of a secret that a person
// has chosen, because it helps to guess it.
func (v Value) Fingerprint() string {
	if v.IsZero() {
		return ""
	}
	return DigestOf(v.Reveal()).Fingerprint()
}

// String returns "[secret]".
func (v Value) String() string { return redacted }

// GoString returns "[secret]".
func (v Value) GoString() string { return redacted }

// Format writes "[secret]" for every verb and flag.
func (v Value) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns "[secret]".
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[secret]".
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[secret]" as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Digest is the SHA-256 of a secret: enough to recognize the secret, but not to know it. The zero
// Digest recognizes nothing.
type Digest [sha256.Size]byte

// DigestOf returns the digest of text.
func DigestOf(text string) Digest { return sha256.Sum256([]byte(text)) }

// Fingerprint returns the first 8 hex digits, and an empty string for the zero Digest.
func (d Digest) Fingerprint() string {
	if d.IsZero() {
		return ""
	}
	return hex.EncodeToString(d[:4])
}

// IsZero reports whether d recognises nothing.
func (d Digest) IsZero() bool { return d == Digest{} }
