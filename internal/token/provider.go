// Package token knows which API token is in force (contract section 2), how it is replaced without
// a restart, and whether anything still uses the old one.
//
// A [Provider] reads the token from where the operator keeps it. A [Source] asks its provider
// again and again and answers [Source.Check] from memory. It promises that a check never blocks,
// takes no lock and allocates nothing; that the last good token survives every failure of the
// provider; and that a token which was deleted on purpose is refused. It refuses to take a bad
// value, to print a value, and to end the process once it has started.
package token

import (
	"context"
	"errors"
	"time"

	"namets/internal/secret"
)

// The four ways in which a fetch can fail. Every error of a [Provider] wraps one of them; one that
// wraps none counts as ErrUnavailable.
var (
	// ErrUnavailable says that the answer is not known now and may be at the next try: no
	// connection, a deadline, an error of the other side, a file that is not there. The last good
	// set stays in force.
	ErrUnavailable = errors.New("token source unavailable")
	// ErrRevoked says that the token was deleted on purpose at its source. Everybody is refused
	// until it comes back.
	ErrRevoked = errors.New("token deleted at its source")
	// ErrInvalid says that there is a value and that it breaks the rules of [Validate]. The last
	// good set stays in force; at the start it is the operator's to fix.
	ErrInvalid = errors.New("token refused")
	// ErrConfig says that nothing but a change by the operator will help: a path that is a
	// directory, a login that is refused, a key that is missing. The last good set stays in force;
	// at the start it ends the process.
	ErrConfig = errors.New("token source misconfigured")
)

// A Provider reads the token from where the operator keeps it.
//
// Fetch reads again at each call and returns what is there now. It is safe for concurrent use,
// returns when ctx ends, and does not retry: when to ask again is up to the [Source]. It never
// returns a set without a token and no error. Its errors wrap one of ErrUnavailable, ErrRevoked,
// ErrInvalid and ErrConfig, say what was asked and what the operator can do, and print no part of
// a secret; one that wraps a [Doubt] holds the set, for a caller that knows its token. A source
// that is empty or gone is not revoked: ErrRevoked is for a source that says that the token was
// deleted.
type Provider interface {
	Fetch(ctx context.Context) (Set, error)
}

// A Keeper is a Provider whose login ends unless Fetch is called in time to renew it.
type Keeper interface {
	Provider
	// FetchBy returns when to call Fetch again at the latest, and the zero time when nothing
	// depends on it. It does not block.
	FetchBy() time.Time
}

// Set is what a [Provider] delivers.
type Set struct {
	// Token is the API token; it has passed [Parse], but for the set of a [Doubt].
	Token secret.Value
	// SigningSecret is the key for webhooks (contract section 7) that is stored with the token, or
	// zero: none does.
	SigningSecret secret.Value
	// Version is the source's own name for this content, to be shown; empty when the source counts
	// no versions. The same token under another version is not a rotation.
	Version string
	// Created is when this content was written at its source; zero when the source does not know.
	Created time.Time
	// Doubt says why the rules would refuse the token, which a [Source] takes all the same because
	// its history knows it; empty: they do not. Providers leave it empty.
	Doubt string
	// RevokePrevious ends the overlap of whatever token was in force before, at once.
	RevokePrevious bool
}
