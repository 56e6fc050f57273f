package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// fate is what an import does with a row.
type fate int

const (
	leave fate = iota
	add
	replace
)

// rowStatements are the prepared statements of an import into one table.
type rowStatements[R any] struct {
	table       *table[R]
	find        *sql.Stmt // by id
	insert      *sql.Stmt
	update      *sql.Stmt
	parkUnique  *sql.Stmt
	otherOwners map[string]*sql.Stmt // unique column → the statement that finds another row with its value
}

func (t *table[R]) prepare(ctx context.Context, tx *tx) (*rowStatements[R], error) {
	st := &rowStatements[R]{table: t, otherOwners: map[string]*sql.Stmt{}}
	prepare := func(into **sql.Stmt, query string) (err error) {
		*into, err = tx.PrepareContext(ctx, query)
		return err
	}
	err := errors.Join(
		prepare(&st.find, "select "+t.names()+" from "+t.name+" where id = $1"),
		prepare(&st.insert, t.insertSQL()),
		prepare(&st.update, t.updateSQL()),
	)
	var sets []string
	for _, c := range t.unique() {
		sets = append(sets, c.name+" = $"+strconv.Itoa(len(sets)+2))
		var other *sql.Stmt
		err = errors.Join(err, prepare(&other, "select id from "+t.name+" where "+c.name+" = $1 and id <> $2"))
		st.otherOwners[c.name] = other
	}
	if len(sets) > 0 {
		err = errors.Join(err, prepare(&st.parkUnique, "update "+t.name+" set "+strings.Join(sets, ", ")+" where id = $1"))
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Close releases the statements.
func (st *rowStatements[R]) Close() error {
	all := []*sql.Stmt{st.find, st.insert, st.update, st.parkUnique}
	for _, other := range st.otherOwners {
		all = append(all, other)
	}
	var errs []error
	for _, s := range all {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// compare looks whether row's id is stored, and names the columns in which row differs from what is stored.
func (st *rowStatements[R]) compare(ctx context.Context, row *R) (differs []string, found bool, err error) {
	var stored R
	switch err := st.find.QueryRowContext(ctx, st.table.columns[0].field(row)).Scan(st.table.fields(&stored)...); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	differs, err = st.table.changed(&stored, row)
	return differs, true, err
}

// park gives the stored row with row's id unique values that no real row can have; n is different for each row.
func (st *rowStatements[R]) park(ctx context.Context, row *R, n int) error {
	if st.parkUnique == nil {
		return nil
	}
	args := []any{st.table.columns[0].field(row)}
	for _, c := range st.table.unique() {
		args = append(args, c.parked(n))
	}
	if _, err := st.parkUnique.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("make room in %s: %w", st.table.name, err)
	}
	return nil
}

// owner is a stored row that has a unique value of another row.
type owner struct {
	id     int64
	field  string
	folded bool // values are the same whatever the spelling of the mailbox
}

// message says what is wrong and what would be right.
func (o owner) message() string {
	letterCase := ""
	if o.folded {
		letterCase = " (letter case does not count, nor whether a domain is in Unicode or in Punycode)"
	}
	return fmt.Sprintf("the stored row with id %d has this value already%s: take the row out of the file, or give one of the two another value",
		o.id, letterCase)
}

// taken returns the other rows to which row's unique values belong.
func (st *rowStatements[R]) taken(ctx context.Context, row *R) (owners []owner, err error) {
	for _, c := range st.table.unique() {
		o := owner{field: cmp.Or(c.of, c.name), folded: c.of != ""}
		err := st.otherOwners[c.name].QueryRowContext(ctx, c.field(row), st.table.columns[0].field(row)).Scan(&o.id)
		switch {
		case err == nil:
			owners = append(owners, o)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return owners, nil
}

// store writes row, as a new one or over the one with its id.
func (st *rowStatements[R]) store(ctx context.Context, im *importer, what fate, row *R) error {
	stmt := st.insert
	if what == replace {
		stmt = st.update
	}
	values := st.table.fields(row)
	if st.table.mark != nil {
		values = append(values, st.table.mark.value(row, im))
	}
	_, err := stmt.ExecContext(ctx, values...)
	return err
}
