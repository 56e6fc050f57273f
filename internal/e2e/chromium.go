package e2e

import "testing"

// Chromium returns the path of a Chromium or Chrome. The caller passes a new --user-data-dir and,
// as root, --no-sandbox.
func Chromium(t testing.TB) string {
	t.Helper()
	return part{name: "chromium", variable: "NAMETS_CHROMIUM"}.find(t)
}
