package sqlite

import "strings"

// Dialect is SQLite's [store.Dialect].
type Dialect struct{}

// Each implements [store.Dialect].
func (Dialect) Each(array string) string { return "json_each(" + array + ")" }

// Member implements [store.Dialect].
func (Dialect) Member(object, name string) string { return "(" + object + " ->> '" + name + "')" }

// Array implements [store.Dialect].
func (Dialect) Array(number string) string { return "json_group_array(" + number + ")" }

// IndexedBy implements [store.Dialect]. Without statistics SQLite often prefers another index.
func (Dialect) IndexedBy(index string) string { return " indexed by " + index }

// NotIndexed implements [store.Dialect].
func (Dialect) NotIndexed() string { return " not indexed" }

// Unindexed implements [store.Dialect].
func (Dialect) Unindexed(column string) string { return "+" + column }

// Contains implements [store.Dialect].
func (Dialect) Contains(text, part string) string { return "(instr(" + text + ", " + part + ") > 0)" }

// Like implements [store.Dialect].
func (Dialect) Like(text, pattern string) string {
	return "(" + text + " like " + pattern + ` escape '\')`
}

// Parameter implements [store.Dialect]. It is unnumbered because SQLite searches the names of all
// numbered parameters.
func (Dialect) Parameter(int) string { return "?" }

// CountOn implements [store.Dialect]. An autoincrement column remembers the largest id.
func (Dialect) CountOn(string) string { return "" }

// Greatest implements [store.Dialect].
func (Dialect) Greatest(numbers ...string) string { return "max(" + strings.Join(numbers, ", ") + ")" }

// Least implements [store.Dialect].
func (Dialect) Least(numbers ...string) string { return "min(" + strings.Join(numbers, ", ") + ")" }
