package namets

import (
	"errors"
	"time"
)

// Meta is what every row of content has in addition to what people enter.
type Meta struct {
	// Key is the name that the author of a workflow has given the row, unique among the rows of its
	// kind; empty if it has none. See [CheckKey].
	Key string
	// Created and Updated are set by the store: when the row was stored first, and when it last
	// changed.
	Created, Updated time.Time
}

// authorKey is the rule for the key of a row; an empty one means that it has none.
func authorKey[R any](of func(*R) string) rule[R] {
	return rule[R]{"key", func(r *R) any { return of(r) }, func(r *R) string {
		key := of(r)
		if bad, wrong := errors.AsType[*Error](CheckKey(key)); wrong && key != "" {
			return bad.Message
		}
		return ""
	}}
}
