package e2e

import (
	"os"
	"testing"
)

// part is a program, or a file, that .ci/parts installs.
type part struct {
	name     string // its name in .ci/parts
	variable string // environment variable with its path
}

// find returns the path of the part. If its variable is not set, it skips the test, or fails it if
// NAMETS_E2E is 1. It searches nowhere else, so that `go test` does the same on every machine.
func (p part) find(t testing.TB) string {
	t.Helper()
	demanded := os.Getenv("NAMETS_E2E") == "1"
	if testing.Short() && !demanded {
		t.Skipf("starts %s: skipped by -short", p.name)
	}
	if path := os.Getenv(p.variable); path != "" {
		return path
	}
	const hint = "%s is not set; to have it: eval \"$(.ci/parts %s)\""
	if demanded {
		t.Fatalf(hint, p.variable, p.name)
	}
	t.Skipf(hint, p.variable, p.name)
	return ""
}
