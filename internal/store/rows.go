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

// table describes how rows of the domain type R are stored in a table of the database. Whatever
// does not depend on R is done by its schema, on the fields of a row, and so is compiled once.
type table[R any] struct {
	schema
	rows func(*namets.Dataset) *[]R // the table's rows in a dataset
	// fields returns pointers to all values of a row, in the order of columns, which database/sql
	// can both scan into and store.
	fields func(*R) []any
	// announced is the value of the announcedColumn for a row that an import stores.
	announced func(*R, *importer) any
	// at is the time of the row, zero if it is not to be announced. Nil for rows that an import
	// never queues.
	at func(*R) time.Time
	// unwanted, if set, reports whether an import leaves the row out.
	unwanted func(context.Context, *importer, *R) (bool, error)
	// prepare, if set, completes and checks a row that [table.change] is about to store. was is the
	// stored row, nil if there is none.
	prepare func(ctx context.Context, tx *tx, was, row *R) error
	// settle, if set, does what follows from storing a row: it announces it, unless quiet, which
	// prevents that for good.
	settle func(ctx context.Context, tx *tx, was, row *R, quiet bool) error
	// removed, if set, does what follows from the deletion of a row.
	removed func(ctx context.Context, tx *tx, was *R) error
	// check, if set, reports conflicts of the rows of a file before they are imported.
	check func(context.Context, *importer, []R) error
}

// schema describes a table of the database with rows of any type. Methods that take fields take
// those of one row. The first column is always id, the last are those of [withMeta].
type schema struct {
	kind    namets.Kind
	known   string // the column by which people know a row
	address bool   // known contains an address, which no audit row may contain
	columns []column
	// announcedColumn is a column that is in no file and records whether a row has been announced;
	// empty for rows without a notification of their own. An import sets it, so that imported rows
	// are not announced, then or later. announcedOnce preserves the stored value if an import
	// overwrites the row.
	announcedColumn string
	announcedOnce   bool
	// beforeDelete, if set, prepares the deletion of the row with the id.
	beforeDelete func(ctx context.Context, tx *tx, id int64) error
}

// column is one column of a table.
type column struct {
	name string
	// parked is set on columns whose value must be unique in the table. It returns a placeholder
	// that obeys the column's rules and that no real row has, different for each n below a million.
	parked func(n int) string
	// of is the column from which this one is derived and which people know instead; empty for
	// most.
	of string
	// switches is set on columns that turn something on or off.
	switches bool
	// dated is set on columns that record when the row was written: a write sets them, and they are
	// not a change.
	dated bool
}

// name returns the name of the table.
func (s *schema) name() string { return string(s.kind) }

// idOf returns the id of the row with the fields.
func idOf(fields []any) int64 { return *fields[0].(*int64) }

// isAmong reports whether the column, or the one from which it is derived, is in names.
func (c column) isAmong(names []string) bool {
	return slices.Contains(names, c.name) || c.of != "" && slices.Contains(names, c.of)
}

// unique returns the indexes of the columns whose values must be unique, except id.
func (s *schema) unique() []int {
	var list []int
	for i, c := range s.columns {
		if c.parked != nil {
			list = append(list, i)
		}
	}
	return list
}

// names returns the column list for a select or an insert.
func (s *schema) names() string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// insertSQL returns the statement that stores rows under their own ids, each with its announced
// column after its fields.
func (s *schema) insertSQL(d Dialect, rows int) string {
	names, n := s.names(), len(s.columns)
	if s.announcedColumn != "" {
		names += ", " + s.announcedColumn
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
	return "insert into " + s.name() + " (" + names + ") values " + values.String() + ")"
}

// updateSQL returns the statement that overwrites the row whose id is the first value, with its
// announced column after its fields.
func (s *schema) updateSQL() string {
	sets := s.assignments()
	if s.announcedColumn != "" {
		value := "$" + strconv.Itoa(len(s.columns)+1)
		if s.announcedOnce {
			value = "coalesce(" + s.announcedColumn + ", " + value + ")"
		}
		sets += ", " + s.announcedColumn + " = " + value
	}
	return "update " + s.name() + " set " + sets + " where id = $1"
}

// assignments returns the set clause that overwrites a row with its fields, of which the id is the
// first, and increments its revision.
func (s *schema) assignments() string {
	var b strings.Builder
	for i, c := range s.columns[1:] {
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

// changed returns the columns in which the fields of two rows differ.
func (s *schema) changed(a, b []any) (names []string, err error) {
	for i, c := range s.columns {
		if c.of != "" || c.dated {
			continue
		}
		is, err := driver.DefaultParameterConverter.ConvertValue(a[i])
		if err != nil {
			return nil, err
		}
		will, err := driver.DefaultParameterConverter.ConvertValue(b[i])
		if err != nil {
			return nil, err
		}
		if is != will {
			names = append(names, c.name)
		}
	}
	return names, nil
}

// scan sets the fields to each row of the query that ends with rest after "from <table>", and calls
// yield after each. It stops at the first error and returns it.
func (s *schema) scan(ctx context.Context, q querier, fields []any, yield func() error, rest string,
	args ...any) error {
	rows, err := q.QueryContext(ctx, "select "+s.names()+" from "+s.name()+" "+rest, args...)
	if err != nil {
		return q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return q.wrap(err)
		}
		if err := yield(); err != nil {
			return err
		}
	}
	return q.wrap(rows.Err())
}

// each calls yield for every row of the query that ends with rest after "from <table>". The pointer
// is reused between calls. It stops at the first error and returns it.
func (t *table[R]) each(ctx context.Context, q querier, rest string, yield func(*R) error, args ...any) error {
	var row R
	return t.scan(ctx, q, t.fields(&row), func() error { return yield(&row) }, rest, args...)
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

// own returns the table without the columns that are derived from others.
func (t *table[R]) own() *table[R] {
	own := *t
	own.columns = slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return c.of != "" })
	own.fields = func(row *R) []any {
		fields := make([]any, 0, len(own.columns))
		for i, field := range t.fields(row) {
			if t.columns[i].of == "" {
				fields = append(fields, field)
			}
		}
		return fields
	}
	return &own
}

// parkedText is the parked function of columns with any text. It uses a control character, which
// files and forms cannot contain.
func parkedText(n int) string { return "\x01" + strconv.Itoa(n) }
