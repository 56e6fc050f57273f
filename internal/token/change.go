package token

import "time"

// ChangeKind is the kind of a [Change].
type ChangeKind string

// The kinds of a [Change].
const (
	Loaded          ChangeKind = "loaded"           // the first token is in force
	Rotated         ChangeKind = "rotated"          // another token is in force
	Deleted         ChangeKind = "deleted"          // the token was deleted at its source: everybody is refused
	Restored        ChangeKind = "restored"         // the deleted token is back
	OverlapEnded    ChangeKind = "overlap_ended"    // the previous token is no longer accepted: its time is over
	PreviousRevoked ChangeKind = "previous_revoked" // the previous token is no longer accepted: the operator said so
	SigningChanged  ChangeKind = "signing_changed"  // the source holds another webhook secret, or none
	RotatedByHand   ChangeKind = "rotate"           // somebody has put a new token into the source
	ReloadedByHand  ChangeKind = "reload"           // somebody has made the source read again
)

// Change describes a change of the accepted tokens, or an action of a person. Its JSON is the
// detail of an audit row whose action is Kind. It contains no secret.
type Change struct {
	Kind ChangeKind `json:"-"`
	At   time.Time  `json:"-"`
	// Source is the kind of the provider.
	Source string `json:"source"`
	// Version and Fingerprint are those of the token in force. For SigningChanged the fingerprint
	// is the webhook secret's.
	Version     string `json:"version,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	// Previous is the fingerprint of the token that was replaced or whose overlap ended; empty if
	// there is none.
	Previous string `json:"previous,omitempty"`
	// AcceptedUntil is the end of the overlap that begins with a rotation; zero if there is none.
	AcceptedUntil time.Time `json:"previous_accepted_until,omitzero"`
	// Reason is the cause of the change in plain words.
	Reason string `json:"reason"`
}
