package namets

import "time"

// TokenHistory is what is kept about the API token over restarts, and what commands know while a
// process serves of it. It holds no token.
type TokenHistory struct {
	// Saved is when the serving process wrote it; zero when none ever did. Storage sets it.
	Saved time.Time
	// Status is a JSON object: the state of the token's source.
	Status []byte
	// Generations holds the token in force first, then those before it.
	Generations []TokenGeneration
}

// TokenGeneration is one token's time in force and the proof of its use.
type TokenGeneration struct {
	Role        string
	Fingerprint string
	Digest      []byte // SHA-256 of a token that is accepted; nil once it is refused
	Version     string
	// Since is when it was put into force, AcceptedUntil since when it is refused or will be; zero
	// for the one in force.
	Since         time.Time
	AcceptedUntil time.Time
	// Requests counts those that it let in; LastUsed, LastAddress and LastUserAgent belong to one
	// of the last of them.
	Requests      int64
	LastUsed      time.Time
	LastAddress   string
	LastUserAgent string
	RefusedSince  int64 // requests that brought it after its time
}

// TokenChange says that another token is accepted than before, as the audit keeps it. It holds no
// token.
type TokenChange struct {
	Kind        string `json:"-"` // becomes the action of the audit row
	Source      string `json:"source"`
	Version     string `json:"version,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	// Previous is the fingerprint of the token that was replaced.
	Previous      string    `json:"previous,omitempty"`
	AcceptedUntil time.Time `json:"previous_accepted_until,omitzero"`
	Reason        string    `json:"reason"`
}
