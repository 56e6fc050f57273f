package sqlitetest

import (
	"strings"

	"namets/internal/store/postgres"
	"namets/internal/store/sqlite"
)

// bothDialects writes each fragment in both dialects, one after the other between marks, so that a
// statement can be rendered for either engine. It implements [store.Dialect].
type bothDialects struct {
	lite sqlite.Dialect
	post postgres.Dialect
}

// The marks, which are characters that no statement contains.
const (
	sqliteText   = '\x01' // begins SQLite's fragment
	postgresText = '\x02' // begins PostgreSQL's
	end          = '\x03'
)

func both(lite, post string) string {
	return string(sqliteText) + lite + string(postgresText) + post + string(end)
}

// render returns the statement with the fragments of one engine only. Fragments may be nested.
func render(text string, engine rune) string {
	if !strings.ContainsRune(text, end) {
		return text
	}
	var b strings.Builder
	var open []rune // the engines of the enclosing fragments, outermost first
	for _, c := range text {
		switch c {
		case sqliteText:
			open = append(open, sqliteText)
		case postgresText:
			open[len(open)-1] = postgresText
		case end:
			open = open[:len(open)-1]
		default:
			if !strings.ContainsFunc(string(open), func(of rune) bool { return of != engine }) {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

// Each implements [store.Dialect].
func (d bothDialects) Each(array string) string { return both(d.lite.Each(array), d.post.Each(array)) }

// Member implements [store.Dialect].
func (d bothDialects) Member(object, name string) string {
	return both(d.lite.Member(object, name), d.post.Member(object, name))
}

// Array implements [store.Dialect].
func (d bothDialects) Array(number string) string {
	return both(d.lite.Array(number), d.post.Array(number))
}

// IndexedBy implements [store.Dialect].
func (d bothDialects) IndexedBy(index string) string {
	return both(d.lite.IndexedBy(index), d.post.IndexedBy(index))
}

// NotIndexed implements [store.Dialect].
func (d bothDialects) NotIndexed() string { return both(d.lite.NotIndexed(), d.post.NotIndexed()) }

// Unindexed implements [store.Dialect].
func (d bothDialects) Unindexed(column string) string {
	return both(d.lite.Unindexed(column), d.post.Unindexed(column))
}

// Contains implements [store.Dialect].
func (d bothDialects) Contains(text, part string) string {
	return both(d.lite.Contains(text, part), d.post.Contains(text, part))
}

// Like implements [store.Dialect].
func (d bothDialects) Like(text, pattern string) string {
	return both(d.lite.Like(text, pattern), d.post.Like(text, pattern))
}

// Parameter implements [store.Dialect].
func (d bothDialects) Parameter(n int) string { return both(d.lite.Parameter(n), d.post.Parameter(n)) }

// CountOn implements [store.Dialect].
func (d bothDialects) CountOn(table string) string {
	return both(d.lite.CountOn(table), d.post.CountOn(table))
}

// Greatest implements [store.Dialect].
func (d bothDialects) Greatest(numbers ...string) string {
	return both(d.lite.Greatest(numbers...), d.post.Greatest(numbers...))
}

// Least implements [store.Dialect].
func (d bothDialects) Least(numbers ...string) string {
	return both(d.lite.Least(numbers...), d.post.Least(numbers...))
}
