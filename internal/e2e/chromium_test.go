package e2e_test

import (
	"os/exec"
	"strings"
	"testing"

	"namets/internal/e2e"
)

func TestChromium_isABrowser(t *testing.T) {
	path := e2e.Chromium(t)
	version, err := exec.CommandContext(t.Context(), path, "--version").Output()
	if err != nil || !strings.Contains(string(version), "Chrom") {
		t.Errorf("%s --version: %q, %v", path, version, err)
	}
}
