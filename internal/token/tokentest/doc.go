// Package tokentest holds what the tests of every token provider share: the suite that each of
// them passes, and a clock that a test moves.
package tokentest
