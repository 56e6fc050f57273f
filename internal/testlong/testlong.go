// Package testlong says how much a test does. `go test` does little, so that everybody runs it
// often; .ci/long sets NAMETS_LONG and does everything, by night.
package testlong

import "os"

// On reports whether tests are to take their time.
func On() bool { return os.Getenv("NAMETS_LONG") == "1" }

// Size returns how much a test does of what it repeats: quick, or long when [On].
func Size(quick, long int) int {
	if On() {
		return long
	}
	return quick
}
