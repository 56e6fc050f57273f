package postgres

import (
	"strconv"
	"strings"
)

// Dialect is PostgreSQL's [store.Dialect].
type Dialect struct{}

// Each implements [store.Dialect].
func (Dialect) Each(array string) string {
	return "(select value, ordinality - 1 as key from json_array_elements_text(cast(" + array +
		" as json)) with ordinality)"
}

// Member implements [store.Dialect].
func (Dialect) Member(object, name string) string {
	return "(cast(" + object + " as json) ->> '" + name + "')"
}

// Array implements [store.Dialect].
func (Dialect) Array(number string) string {
	return "coalesce(json_agg(" + number + "), cast('[]' as json))"
}

// IndexedBy implements [store.Dialect]. PostgreSQL chooses indexes by its statistics.
func (Dialect) IndexedBy(string) string { return "" }

// NotIndexed implements [store.Dialect].
func (Dialect) NotIndexed() string { return "" }

// Unindexed implements [store.Dialect].
func (Dialect) Unindexed(column string) string { return column }

// Contains implements [store.Dialect].
func (Dialect) Contains(text, part string) string { return "(strpos(" + text + ", " + part + ") > 0)" }

// Like implements [store.Dialect]. With the collation "C" ilike ignores the case of A to Z only.
func (Dialect) Like(text, pattern string) string {
	return "(" + text + ` collate "C" ilike ` + pattern + ` escape '\')`
}

// Parameter implements [store.Dialect].
func (Dialect) Parameter(n int) string { return "$" + strconv.Itoa(n) }

// CountOn implements [store.Dialect]. Inserting a row with an id does not advance the sequence.
func (Dialect) CountOn(table string) string {
	return "select setval(pg_get_serial_sequence('" + table + "', 'id'), coalesce(max(id), 0) + 1, false) from " + table
}

// Greatest implements [store.Dialect].
func (Dialect) Greatest(numbers ...string) string {
	return "greatest(" + strings.Join(numbers, ", ") + ")"
}

// Least implements [store.Dialect].
func (Dialect) Least(numbers ...string) string { return "least(" + strings.Join(numbers, ", ") + ")" }
