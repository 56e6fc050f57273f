package app_test

import (
	"testing"

	"namets/internal/app"
	"namets/internal/config"
)

func TestTokenLocation_namesTheSecretInVault(t *testing.T) {
	cfg := &config.Config{TokenSource: config.TokenFromVault, Vault: config.Vault{KVPath: "a/b"}}
	if got := app.TokenLocation(cfg); got != "The secret a/b in Vault" {
		t.Errorf("got %q", got)
	}
}
