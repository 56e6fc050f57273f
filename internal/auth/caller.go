package auth

import (
	"namets/internal/namets"
)

// Caller is who calls the open API: the holder of the shared token or of a named one. The zero
// Caller may do nothing.
type Caller struct {
	// TokenID identifies the named token; 0 is the shared one.
	TokenID int64
	// Name is the token's name, [namets.SharedTokenName] for the shared one.
	Name   string
	Scopes namets.Scopes // what the token allows; not to be changed
}

// Shared reports whether the caller has the shared token.
func (c Caller) Shared() bool { return c.TokenID == 0 }

// May reports whether the caller's token has the scope. It does not allocate.
func (c Caller) May(scope namets.Scope) bool { return c.Scopes.Has(scope) }

// Actor returns the caller as the originator of a change, with the client's network address.
func (c Caller) Actor(address string) namets.Actor {
	return namets.Actor{Kind: namets.Program, Name: c.Name, Address: address}
}
