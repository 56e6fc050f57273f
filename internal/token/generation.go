package token

import (
	"encoding/hex"
	"strings"
	"sync/atomic"
	"time"

	"namets/internal/secret"
)

// Role is the role of a [Generation].
type Role string

// The roles of a [Generation].
const (
	Current  Role = "current"  // in force
	Previous Role = "previous" // replaced, and accepted until the end of its overlap
	Retired  Role = "retired"  // refused; remembered to recognise who still sends it
)

// Generation is one token with the time in which it was in force and its use. Status, pages and
// metrics show it, and a [History] stores it.
type Generation struct {
	Role        Role   `json:"role"`
	Fingerprint string `json:"fingerprint"`
	// Digest recognizes the token. Only a [History] gets it, and only while the token is accepted;
	// otherwise it is zero.
	Digest  secret.Digest `json:"-"`
	Version string        `json:"version,omitempty"`
	// Since is when the token was put into force here.
	Since time.Time `json:"since"`
	// AcceptedUntil is the end of the overlap of a previous generation, and the time since which a
	// retired one is refused. It is zero for the current one.
	AcceptedUntil time.Time `json:"accepted_until,omitzero"`
	// Requests counts the successful checks of this token.
	Requests int64 `json:"requests"`
	// LastUsed is the time of the last successful check; zero if there was none.
	LastUsed time.Time `json:"last_used,omitzero"`
	// LastAddress and LastUserAgent belong to one of the last requests: one per second is sampled.
	LastAddress   string `json:"last_address,omitempty"`
	LastUserAgent string `json:"last_user_agent,omitempty"`
	// RefusedSince counts the requests with this token after it was retired.
	RefusedSince int64 `json:"refused_since,omitempty"`
}

// accepted is the data for [Source.Check]. It is immutable once stored.
type accepted struct {
	current  *generation // nil: no token is known
	previous *generation // nil: no overlap
	until    int64       // end of previous, nanoseconds since 1970
	revoked  bool        // everybody is refused
	retired  []*generation
}

// generation counts the use of one token.
type generation struct {
	digest      secret.Digest // zero for one that an earlier run retired; never changes, as the next two
	fingerprint string
	prefix      [4]byte // the fingerprint's digits; recognises what is refused anyway when there is no digest

	since   time.Time // guarded by Source.mu, as the next two
	until   time.Time // see Generation.AcceptedUntil
	version string

	use     Use
	refused atomic.Int64
}

// withDigest returns g or, if g was restored without its digest, a copy that has it.
func (g *generation) withDigest(digest secret.Digest) *generation {
	if g.digest == digest {
		return g
	}
	v := g.viewLocked(Retired)
	v.Digest = digest
	return restored(v)
}

// viewLocked returns the generation in its role.
func (g *generation) viewLocked(role Role) Generation {
	v := Generation{
		Role:          role,
		Fingerprint:   g.fingerprint,
		Version:       g.version,
		Since:         g.since,
		AcceptedUntil: g.until,
		Requests:      g.use.Requests(),
		LastUsed:      g.use.Last(),
		RefusedSince:  g.refused.Load(),
	}
	v.LastAddress, v.LastUserAgent = g.use.Client()
	if role != Retired {
		v.Digest = g.digest
	}
	return v
}

// restored returns the generation of an earlier run.
func restored(v Generation) *generation {
	g := &generation{digest: v.Digest, since: v.Since, until: v.AcceptedUntil, version: v.Version,
		fingerprint: v.Fingerprint}
	// Text that is not a fingerprint recognizes nothing
	_, _ = hex.Decode(g.prefix[:], []byte(v.Fingerprint)[:min(len(v.Fingerprint), 2*len(g.prefix))])
	g.refused.Store(v.RefusedSince)
	g.use.restore(v.Requests, v.LastUsed, v.LastAddress, v.LastUserAgent)
	return g
}

// printable truncates input of a stranger to n bytes and replaces characters that could disturb a
// terminal.
func printable(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
