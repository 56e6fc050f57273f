// Package tokentest contains what the tests of every token provider share: a conformance suite and
// a clock that tests control.
package tokentest
