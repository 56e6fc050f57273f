// Package testlong reads the switches of tests from the environment: how much a test does, and what
// it records. By default tests are quick, so that everybody runs them often; .ci/long sets
// NAMETS_LONG and runs them in full, every night.
package testlong

import "os"

// On reports whether tests run in full.
func On() bool { return os.Getenv("NAMETS_LONG") == "1" }

// Record returns the folder into which tests record the statements of the store; empty: they record
// nothing.
func Record() string { return os.Getenv("NAMETS_RECORD") }

// Size returns the number of repetitions of a test: quick, or long if [On].
func Size(quick, long int) int {
	if On() {
		return long
	}
	return quick
}
