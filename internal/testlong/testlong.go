// Package testlong controls how much a test does. By default tests are quick, so that everybody
// runs them often; .ci/long sets NAMETS_LONG and runs them in full, every night.
package testlong

import "os"

// On reports whether tests run in full.
func On() bool { return os.Getenv("NAMETS_LONG") == "1" }

// Size returns the number of repetitions of a test: quick, or long if [On].
func Size(quick, long int) int {
	if On() {
		return long
	}
	return quick
}
