package store

// Dialect writes what the engines do alike and write differently. A statement is in one place,
// for all engines; where they differ it asks for a fragment. The arguments are SQL too: the name
// of a column, a parameter, any expression without a comma outside of parentheses.
type Dialect interface {
	// Each is a table of the elements of a JSON array, with the columns key, from 0, and value.
	// Compare a number with cast(value as bigint).
	Each(array string) string
	// Member is the text of a member of a JSON object, null when there is none.
	Member(object, name string) string
	// Array is the aggregate that makes a JSON array of the number in each row.
	Array(number string) string
	// IndexedBy follows the name of a table and says which index to read; an engine that does not
	// need to be told leaves it out.
	IndexedBy(index string) string
	// NotIndexed follows the name of a table that is to be read in the order in which it is kept.
	NotIndexed() string
	// Unindexed is the column, not to be looked up in an index. The conditions of an index have it
	// too where a statement has it.
	Unindexed(column string) string
	// Contains reports whether a text contains another, to the letter. It is null when one is.
	Contains(text, part string) string
	// Like reports whether a text is like a pattern, in which a backslash makes the next character
	// stand for itself. The letters A to Z match their small ones, other letters only themselves.
	Like(text, pattern string) string
	// Parameter is the n-th parameter, from 1, of a statement that has hundreds, each once and in
	// this order.
	Parameter(n int) string
	// CountOn is a statement that lets the ids of the table go on after the largest there is; empty
	// where they do so by themselves.
	CountOn(table string) string
	// Greatest and Least choose one of two numbers or more, none of which may be null.
	Greatest(numbers ...string) string
	Least(numbers ...string) string
}

// numbersOf is a query for the numbers of a JSON array.
func numbersOf(d Dialect, array string) string {
	return "select cast(value as bigint) from " + d.Each(array) + " n"
}
