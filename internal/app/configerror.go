package app

import "fmt"

// ConfigError is a mistake in the configuration, or in what it refers to, that only the operator
// can fix. Its text says how.
type ConfigError struct{ error }

// Unwrap returns the error behind the text.
func (e ConfigError) Unwrap() error { return e.error }

func configErrorf(format string, args ...any) error { return ConfigError{fmt.Errorf(format, args...)} }
