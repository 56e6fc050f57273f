package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// importAction is what an import does with a row.
type importAction int

const (
	leave importAction = iota
	add
	replace
)

const (
	// batch is the number of new rows that one statement stores, to share the cost of a statement.
	batch = 100
	// lookUp is the number of ids that one statement looks up.
	lookUp = 1000
)

// rowStatements are the prepared statements of an import into one table.
type rowStatements[R any] struct {
	table       *table[R]
	find        *sql.Stmt // by id
	insert      *sql.Stmt
	insertMany  *sql.Stmt // batch rows at once
	update      *sql.Stmt
	parkUnique  *sql.Stmt
	otherOwners map[string]*sql.Stmt // by unique column: finds another row with the value
}

func (t *table[R]) prepare(ctx context.Context, tx *tx) (*rowStatements[R], error) {
	st := &rowStatements[R]{table: t, otherOwners: map[string]*sql.Stmt{}}
	prepare := func(into **sql.Stmt, query string) (err error) {
		*into, err = tx.PrepareContext(ctx, query)
		return err
	}
	err := errors.Join(
		prepare(&st.find, "select "+t.names()+" from "+t.name()+" where id = $1"),
		prepare(&st.insert, t.insertSQL(tx.dialect, 1)),
		prepare(&st.insertMany, t.insertSQL(tx.dialect, batch)),
		prepare(&st.update, t.updateSQL()),
	)
	var sets []string
	for _, c := range t.unique() {
		sets = append(sets, c.name+" = $"+strconv.Itoa(len(sets)+2))
		var other *sql.Stmt
		err = errors.Join(err, prepare(&other, "select id from "+t.name()+" where "+c.name+" = $1 and id <> $2"))
		st.otherOwners[c.name] = other
	}
	if len(sets) > 0 {
		err = errors.Join(err, prepare(&st.parkUnique, "update "+t.name()+" set "+strings.Join(sets, ", ")+
			" where id = $1"))
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Close closes the statements.
func (st *rowStatements[R]) Close() error {
	all := []*sql.Stmt{st.find, st.insert, st.insertMany, st.update, st.parkUnique}
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

// stored reports for each of the rows whether its id is stored.
func (st *rowStatements[R]) stored(ctx context.Context, tx *tx, rows []R) ([]bool, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = *st.table.columns[0].field(&rows[i]).(*int64)
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	is := make([]bool, len(rows))
	found, err := tx.QueryContext(ctx, "select k.key from "+tx.dialect.Each("$1")+" k where exists (select 1 from "+
		st.table.name()+" where id = cast(k.value as bigint))", string(list))
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var i int
		if err := found.Scan(&i); err != nil {
			return nil, err
		}
		is[i] = true
	}
	return is, found.Err()
}

// compare reports whether row's id is stored, and returns the columns in which row differs from the
// stored row.
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

// park sets the unique values of the stored row with row's id to placeholders that no real row can
// have. n must be different for each row.
func (st *rowStatements[R]) park(ctx context.Context, row *R, n int) error {
	if st.parkUnique == nil {
		return nil
	}
	args := []any{st.table.columns[0].field(row)}
	for _, c := range st.table.unique() {
		args = append(args, c.parked(n))
	}
	if _, err := st.parkUnique.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("make room in %s: %w", st.table.name(), err)
	}
	return nil
}

// owner is a stored row that already has a unique value of an imported row.
type owner struct {
	id     int64
	field  string
	folded bool // all spellings of a mailbox are the same value
}

// message describes the conflict and how to resolve it.
func (o owner) message() string {
	letterCase := ""
	if o.folded {
		letterCase = " (letter case does not count, nor whether a domain is in Unicode or in Punycode)"
	}
	return fmt.Sprintf("the stored row with id %d has this value already%s: take the row out of the file, or give "+
		"one of the two another value",
		o.id, letterCase)
}

// taken returns the stored rows that already have one of row's unique values.
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
func (st *rowStatements[R]) store(ctx context.Context, im *importer, what importAction, row *R) error {
	stmt := st.insert
	if what == replace {
		stmt = st.update
	}
	_, err := stmt.ExecContext(ctx, st.values(nil, im, row)...)
	return err
}

// storeMany writes a batch of new rows. If the database refuses one of them, it returns false and
// has written none.
func (st *rowStatements[R]) storeMany(ctx context.Context, im *importer, rows []R) (bool, error) {
	values := make([]any, 0, len(rows)*(len(st.table.columns)+1))
	for i := range rows {
		values = st.values(values, im, &rows[i])
	}
	_, err := st.insertMany.ExecContext(ctx, values...)
	if code := namets.CodeOf(im.wrap(err)); err != nil && (code == namets.Conflict || code == namets.Invalid) {
		return false, nil
	}
	return err == nil, err
}

// values appends the fields of the row, and its announced column.
func (st *rowStatements[R]) values(values []any, im *importer, row *R) []any {
	for _, c := range st.table.columns {
		values = append(values, c.field(row))
	}
	if st.table.announcedColumn != nil {
		values = append(values, st.table.announcedColumn.value(row, im))
	}
	return values
}
