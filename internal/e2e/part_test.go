package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"namets/internal/e2e"
)

func TestVault_skipsTheTestIfItIsMissing(t *testing.T) {
	t.Setenv("NAMETS_E2E", "")
	t.Setenv("NAMETS_VAULTD", "")
	skipped := false
	t.Run("a test", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		e2e.Vault(t, e2e.VaultOptions{})
	})
	if !skipped {
		t.Error("the test was not skipped")
	}
}

func TestChromium_isTheOneInTheEnvironment(t *testing.T) {
	t.Setenv("NAMETS_E2E", "1")
	named := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(named, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NAMETS_CHROMIUM", named)
	if got := e2e.Chromium(t); got != named {
		t.Errorf("got %s, want %s", got, named)
	}
}
