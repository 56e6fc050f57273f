package token

import (
	"context"

	"namets/internal/secret"
)

// EnvProvider provides one fixed token, the one in the environment at the start. There is nothing
// to reload; a restart with another value is the rotation.
type EnvProvider struct {
	value secret.Value
}

// NewEnv returns a provider of value, which only the configuration reads from the environment.
// Fetch reports an empty or invalid value.
func NewEnv(value secret.Value) *EnvProvider { return &EnvProvider{value} }

// Fetch returns the token, or an error that wraps [ErrInvalid]. It never blocks.
func (p *EnvProvider) Fetch(ctx context.Context) (Set, error) {
	secret, err := Parse(p.value.Reveal())
	if err != nil {
		return Set{}, err
	}
	return Set{Token: secret}, nil
}
