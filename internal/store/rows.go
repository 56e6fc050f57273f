package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// table describes how rows of the domain type R are stored in a table of the database. Its first
// column is always id.
type table[R any] struct {
	kind            namets.Kind
	rows            func(*namets.Dataset) *[]R // the table's rows in a dataset
	known           string                     // the column by which people know a row
	columns         []column[R]
	announcedColumn *announcedColumn[R] // nil for rows without a notification of their own
	// title, if set, is the name by which people know a row, for the audit row of its deletion. It
	// must not be an address.
	title func(*R) string
	// unwanted, if set, reports whether an import leaves the row out.
	unwanted func(context.Context, *importer, *R) (bool, error)
	// check, if set, reports conflicts of the rows of a file before they are imported.
	check func(context.Context, *importer, []R) error
}

// announcedColumn is a column that is in no file and records whether a row has been announced. An
// import sets it, so that imported rows are not announced, then or later.
type announcedColumn[R any] struct {
	name string
	// value is the column's value for a row that an import stores.
	value func(*R, *importer) any
	// keep preserves the stored value if an import overwrites the row.
	keep bool
	// at is the time of the row, zero if it is not to be announced. Nil for rows that an import
	// never queues.
	at func(*R) time.Time
}

// column is a column of a table.
type column[R any] struct {
	name string
	// field returns a pointer to the value in a row, which database/sql can both scan into and
	// store.
	field func(*R) any
	// parked is set on columns whose value must be unique in the table. It returns a placeholder
	// that obeys the column's rules and that no real row has, different for each n below a million.
	parked func(n int) string
	// of is the column from which this one is derived and which people know instead; empty for
	// most.
	of string
	// switches is set on columns that turn something on or off.
	switches bool
}

// name returns the name of the table.
func (t *table[R]) name() string { return string(t.kind) }

// isAmong reports whether the column, or the one from which it is derived, is in names.
func (c column[R]) isAmong(names []string) bool {
	return slices.Contains(names, c.name) || c.of != "" && slices.Contains(names, c.of)
}

// unique returns the columns whose values must be unique, except id.
func (t *table[R]) unique() []column[R] {
	var list []column[R]
	for _, c := range t.columns {
		if c.parked != nil {
			list = append(list, c)
		}
	}
	return list
}

// names returns the column list for a select or an insert.
func (t *table[R]) names() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// fields returns pointers to all values of a row, in the order of names.
func (t *table[R]) fields(row *R) []any {
	fields := make([]any, len(t.columns))
	for i, c := range t.columns {
		fields[i] = c.field(row)
	}
	return fields
}

// insertSQL returns the statement that stores rows under their own ids, each with its announced
// column after its fields.
func (t *table[R]) insertSQL(d Dialect, rows int) string {
	names, n := t.names(), len(t.columns)
	if t.announcedColumn != nil {
		names += ", " + t.announcedColumn.name
		n++
	}
	var values strings.Builder
	for i := range rows * n {
		switch {
		case i == 0:
			values.WriteString("(")
		case i%n == 0:
			values.WriteString("), (")
		default:
			values.WriteString(", ")
		}
		values.WriteString(d.Parameter(i + 1))
	}
	return "insert into " + t.name() + " (" + names + ") values " + values.String() + ")"
}

// updateSQL returns the statement that overwrites the row whose id is the first value, with its
// announced column after its fields.
func (t *table[R]) updateSQL() string {
	sets := t.assignments()
	if t.announcedColumn != nil {
		value := "$" + strconv.Itoa(len(t.columns)+1)
		if t.announcedColumn.keep {
			value = "coalesce(" + t.announcedColumn.name + ", " + value + ")"
		}
		sets += ", " + t.announcedColumn.name + " = " + value
	}
	return "update " + t.name() + " set " + sets + " where id = $1"
}

// assignments returns the set clause that overwrites a row with its fields, of which the id is the
// first, and increments its revision.
func (t *table[R]) assignments() string {
	var b strings.Builder
	for i, c := range t.columns[1:] {
		b.WriteString(c.name + " = $" + strconv.Itoa(i+2) + ", ")
	}
	return b.String() + "revision = revision + 1"
}

// placeholders returns $1 to $n.
func placeholders(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(list, ", ")
}

// changed returns the columns in which a and b differ.
func (t *table[R]) changed(a, b *R) (names []string, err error) {
	for _, c := range t.columns {
		if c.of != "" {
			continue
		}
		is, err := driver.DefaultParameterConverter.ConvertValue(c.field(a))
		if err != nil {
			return nil, err
		}
		will, err := driver.DefaultParameterConverter.ConvertValue(c.field(b))
		if err != nil {
			return nil, err
		}
		if is != will {
			names = append(names, c.name)
		}
	}
	return names, nil
}

// each calls yield for every row of the query that ends with rest after "from <table>". The pointer
// is reused between calls. It stops at the first error and returns it.
func (t *table[R]) each(ctx context.Context, q querier, rest string, yield func(*R) error, args ...any) error {
	rows, err := q.QueryContext(ctx, "select "+t.names()+" from "+t.name()+" "+rest, args...)
	if err != nil {
		return q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row R
		if err := rows.Scan(t.fields(&row)...); err != nil {
			return q.wrap(err)
		}
		if err := yield(&row); err != nil {
			return err
		}
	}
	return q.wrap(rows.Err())
}

// all returns the rows for which each would call yield.
func (t *table[R]) all(ctx context.Context, q querier, rest string, args ...any) ([]R, error) {
	var list []R
	err := t.each(ctx, q, rest, func(row *R) error {
		list = append(list, *row)
		return nil
	}, args...)
	return list, err
}

// parkedText is the parked function of columns with any text. It uses a control character, which
// files and forms cannot contain.
func parkedText(n int) string { return "\x01" + strconv.Itoa(n) }
