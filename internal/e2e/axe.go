package e2e

import (
	"os"
	"testing"
)

// Axe returns the source of axe-core, a script that finds what keeps people
// from using a page. It is run inside the page.
func Axe(t testing.TB) string {
	t.Helper()
	path := part{name: "axe", variable: "NAMETS_AXE"}.find(t)
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}
