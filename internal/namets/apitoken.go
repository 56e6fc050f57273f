package namets

import (
	"errors"
	"strings"
	"time"
)

// APIToken is a named API token: a person made it for one workflow or program, and it has scopes of
// its own. The shared token, which the operator configures, is not one of them.
type APIToken struct {
	ID   int64 // never 0, which stands for the shared token
	Name string
	// Hash is the SHA-256 of the token; the token itself is not stored.
	Hash      [32]byte
	Scopes    Scopes
	CreatedAt time.Time
	CreatedBy string // the name of the [Actor]
	// ReplacedAt is when the token got its present value; nil if that is its first.
	ReplacedAt *time.Time
	// ExpiresAt is when the token ends by itself; nil if it does not.
	ExpiresAt *time.Time
	// EndedAt is when the token was revoked or expired; nil while it works.
	EndedAt *time.Time
	Used    APITokenUse
}

// Ended reports whether the token is refused at the time.
func (t *APIToken) Ended(now time.Time) bool {
	return t.EndedAt != nil || t.ExpiresAt != nil && !now.Before(*t.ExpiresAt)
}

// APITokenUse says how often and from where a token was used.
type APITokenUse struct {
	Count int64
	// Last is the time of the last request; nil if there was none. Address and UserAgent belong to
	// one of the last requests.
	Last               *time.Time
	Address, UserAgent string
}

// SharedTokenName is what stands for the shared token where tokens are named. No named token has
// this name.
const SharedTokenName = "shared"

// APIAccess says who may use the open API.
type APIAccess struct {
	Tokens []APIToken
	// SharedMayWrite gives every scope to the shared token, which otherwise has [ReadScopes].
	SharedMayWrite bool
}

// SharedScopes returns the scopes of the shared token.
func (a *APIAccess) SharedScopes() Scopes {
	if a.SharedMayWrite {
		return AllScopes()
	}
	return ReadScopes()
}

// CheckAPIToken returns [Problems] with the fields name, scopes and expires_at if a token like t
// must not be created now.
func CheckAPIToken(t APIToken, now time.Time) error {
	var p Problems
	if bad, wrong := errors.AsType[*Error](checkName(t.Name)); wrong {
		p.add("name", bad.Message)
	} else if strings.EqualFold(t.Name, SharedTokenName) {
		p.add("name", `must not be "shared", which stands for the shared token`)
	}
	if len(t.Scopes) == 0 {
		p.add("scopes", "must not be empty")
	}
	if t.ExpiresAt != nil && (!InRange(*t.ExpiresAt) || !t.ExpiresAt.After(now)) {
		p.add("expires_at", "must be in the future")
	}
	return p.err()
}
