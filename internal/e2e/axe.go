package e2e

import (
	"os"
	"testing"
)

// Axe returns the source of axe-core, a script that checks the accessibility of a page. It runs
// inside the page.
func Axe(t testing.TB) string {
	t.Helper()
	path := part{name: "axe", variable: "NAMETS_AXE"}.find(t)
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}
