package store

// Dialect writes SQL that differs between the engines. Every statement is written once, for all
// engines, and uses these fragments where they differ. The arguments are SQL too: the name of a
// column, a parameter, or any expression without a comma outside of parentheses.
type Dialect interface {
	// Each is a table of the elements of a JSON array, with the columns key, from 0, and value.
	// Compare a number with cast(value as bigint).
	Each(array string) string
	// Member is the text of a member of a JSON object, null if it is missing.
	Member(object, name string) string
	// Array is the aggregate that makes a JSON array of the number in each row.
	Array(number string) string
	// IndexedBy follows the name of a table and names the index to read. It is empty for an engine
	// that needs no such hint.
	IndexedBy(index string) string
	// NotIndexed follows the name of a table that is to be read in the order in which it is stored.
	NotIndexed() string
	// Unindexed is the column, marked so that no index is used to look it up. The condition of a
	// partial index contains it wherever the statements that need the index do.
	Unindexed(column string) string
	// Contains reports whether a text contains another, exactly. It is null if one of them is.
	Contains(text, part string) string
	// Like reports whether a text matches a pattern, in which a backslash escapes the next
	// character. The letters A to Z match in both cases, other letters match only themselves.
	Like(text, pattern string) string
	// Parameter is the n-th parameter, from 1, of a statement that has hundreds, each used once and
	// in this order.
	Parameter(n int) string
	// CountOn is a statement that makes new ids of the table continue after the largest one. It is
	// empty for an engine whose ids do so anyway.
	CountOn(table string) string
	// Greatest and Least return the greatest and the least of two or more numbers, none of which
	// may be null.
	Greatest(numbers ...string) string
	Least(numbers ...string) string
}

// numbersOf is a query for the numbers of the JSON array $1.
func numbersOf(d Dialect) string {
	return "select cast(value as bigint) from " + d.Each("$1") + " n"
}
