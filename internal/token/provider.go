// Package token knows which API token is in force (contract section 2), replaces it without a
// restart, and records whether anybody still uses the old one.
//
// A [Provider] reads the token from the place where the operator stores it. A [Source] asks its
// provider repeatedly and answers [Source.Check] from memory. It promises that a check never
// blocks, takes no lock and allocates nothing; that the last valid token survives every failure of
// the provider; and that a token that was deleted on purpose is refused. It never accepts an
// invalid value, prints a value, or ends the process after the start.
package token

import (
	"context"
	"errors"
	"time"

	"namets/internal/secret"
)

// The four ways in which a fetch can fail. Every error of a [Provider] wraps one of them; an error
// that wraps none counts as ErrUnavailable.
var (
	// ErrUnavailable means that the token cannot be read now but may be at the next try: no
	// connection, a deadline, an error of the other side, a missing file. The last valid set stays
	// in force.
	ErrUnavailable = errors.New("token source unavailable")
	// ErrRevoked means that the token was deleted on purpose at its source. All requests are
	// refused until it comes back.
	ErrRevoked = errors.New("token deleted at its source")
	// ErrInvalid means that there is a value that breaks the rules of [Validate]. The last valid
	// set stays in force; at the start the operator has to fix it.
	ErrInvalid = errors.New("token refused")
	// ErrConfig means that only a change by the operator helps: a path that is a directory, a
	// refused login, a missing key. The last valid set stays in force; at the start it ends the
	// process.
	ErrConfig = errors.New("token source misconfigured")
)

// A Provider reads the token from the place where the operator stores it.
//
// Fetch reads again at each call and returns the current content. It is safe for concurrent use,
// returns when ctx ends, and does not retry: the [Source] decides when to ask again. It never
// returns a set without a token and without an error. Its errors wrap one of ErrUnavailable,
// ErrRevoked, ErrInvalid and ErrConfig, say what was requested and what the operator can do, and
// contain no part of a secret. An error that wraps a [Doubt] contains the set, for a caller that
// knows its token. A source that is empty or missing is not revoked: ErrRevoked is for a source
// that says that the token was deleted.
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
