package token

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"namets/internal/secret"
)

// SigningKeys holds the webhook secret in force and, during an overlap, the previous one. It is
// safe for concurrent use.
type SigningKeys struct {
	overlap time.Duration
	now     func() time.Time

	mu       sync.Mutex
	current  secret.Value
	previous secret.Value
	until    time.Time // end of previous
}

// NewSigningKeys returns an empty holder that keeps a replaced secret for overlap.
func NewSigningKeys(overlap time.Duration, now func() time.Time) *SigningKeys {
	return &SigningKeys{overlap: overlap, now: now}
}

// Put puts key into force and reports whether it differs from the previous one. The zero secret
// leaves none. With revokePrevious the previous one is dropped at once.
func (k *SigningKeys) Put(key secret.Value, revokePrevious bool) (changed bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if changed = !k.current.Equal(key); changed {
		k.previous, k.until = k.current, k.now().Add(k.overlap)
		k.current = key
	}
	if revokePrevious || k.current.IsZero() {
		k.previous = secret.Value{}
	}
	return changed
}

// Keys returns the secrets to sign with, newest first. The slice is the caller's.
func (k *SigningKeys) Keys() []secret.Value {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.previous.IsZero() && !k.now().Before(k.until) {
		k.previous = secret.Value{}
	}
	return slices.DeleteFunc([]secret.Value{k.current, k.previous}, secret.Value.IsZero)
}

// ParseSigning returns the trimmed content of a secret as a signing secret: `whsec_` and base64, or
// plain text. A blank value is the zero secret, which means none. The error wraps [ErrInvalid] and
// does not contain the value.
func ParseSigning(value string) (secret.Value, error) {
	value = strings.Trim(value, " \t\r\n")
	if encoded, ok := strings.CutPrefix(value, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(encoded); err != nil || len(key) == 0 {
			return secret.Value{}, fmt.Errorf("%w: the webhook secret stored with it begins with whsec_, so "+
				"the rest has to be "+
				"base64 and is not", ErrInvalid)
		}
	}
	return secret.New(value), nil
}
