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
	rows            func(*namets.Dataset) *[]R // the rows of a dataset
	known           string                     // the column that people know a row by
	columns         []column[R]
	announcedColumn *announcedColumn[R] // nil for rows that no notification announces by themselves
	// title, unless it is nil, is what people know a row by, for the audit row of its deletion. It
	// must be no address.
	title func(*R) string
	// unwanted, unless it is nil, reports whether an import leaves the row out.
	unwanted func(context.Context, *importer, *R) (bool, error)
	// check, unless it is nil, reports conflicts of the rows of a file before they are imported.
	check func(context.Context, *importer, []R) error
}

// announcedColumn is a column that no file carries and that says whether a row has been announced.
// An import sets it, so that nothing that it brings is announced, then or later.
type announcedColumn[R any] struct {
	name string
	// value is what it holds for a row that an import stores.
	value func(*R, *importer) any
	// keep leaves what it holds already when an import overwrites the row.
	keep bool
	// at is when the row takes place, the zero time if it is not to be announced. Nil for rows that
	// an import never queues.
	at func(*R) time.Time
}

// column is one value of a row.
type column[R any] struct {
	name string
	// field returns the place of the value in a row, as something that database/sql can both scan
	// into and store.
	field func(*R) any
	// parked is set on columns whose value must be unique in the table: it returns a value that
	// keeps the column's rules and that no real row has, another one for each n below a million.
	parked func(n int) string
	// of names the column that this one follows from and that people know instead; empty for most.
	of string
	// switches is set on columns that turn something on or off.
	switches bool
}

// name returns the name of the table.
func (t *table[R]) name() string { return string(t.kind) }

// isAmong reports whether the column is one of the named ones, or follows from one.
func (c column[R]) isAmong(names []string) bool {
	return slices.Contains(names, c.name) || c.of != "" && slices.Contains(names, c.of)
}

// unique returns the columns whose values must be unique, besides id.
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

// fields returns the places of all values of a row, in the order of names.
func (t *table[R]) fields(row *R) []any {
	fields := make([]any, len(t.columns))
	for i, c := range t.columns {
		fields[i] = c.field(row)
	}
	return fields
}

// insertSQL returns the statement that stores rows under their own ids, each with its mark after
// its fields.
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

// updateSQL returns the statement that overwrites the row whose id is the first value, and its
// mark after its fields.
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

// assignments returns the set clause that overwrites a row with its fields, the id being the
// first, and counts its revision up.
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

// changed names the columns in which a and b differ.
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

// each calls yield for every row that the rest of the query after "from <table>" leaves, with a
// pointer that is reused between calls. It stops at the first error.
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

// all returns the rows that each would yield.
func (t *table[R]) all(ctx context.Context, q querier, rest string, args ...any) ([]R, error) {
	var list []R
	err := t.each(ctx, q, rest, func(row *R) error {
		list = append(list, *row)
		return nil
	}, args...)
	return list, err
}

// parkedText is the parked function of columns that hold any text: a control character comes
// neither from a file nor from a form.
func parkedText(n int) string { return "\x01" + strconv.Itoa(n) }
