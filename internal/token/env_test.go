package token_test

import (
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/tokentest"
)

func TestEnvProvider_keepsTheContract(t *testing.T) {
	tokentest.Run(t, func(t *testing.T, value string) tokentest.Harness {
		return tokentest.Harness{Provider: token.NewEnv(secret.New(value))}
	})
}
