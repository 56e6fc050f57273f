package e2e

import (
	"os"
	"testing"
)

// part is a program, or a file, that .ci/parts brings.
type part struct {
	name     string // as .ci/parts calls it
	variable string // of the environment; it says where the part is
}

// find returns the path of the part. Without its variable it skips the test, or fails it where
// NAMETS_E2E is 1. It looks nowhere else, so that `go test` does the same on every machine.
func (p part) find(t testing.TB) string {
	t.Helper()
	demanded := os.Getenv("NAMETS_E2E") == "1"
	if testing.Short() && !demanded {
		t.Skipf("starts %s: left out by -short", p.name)
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
