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

// fileRows are the rows of one kind that a file brings, whatever their type.
type fileRows struct {
	count int
	// fields returns the fields of a row.
	fields func(i int) []any
	// appendValues appends the fields of a row, and the value of its announcedColumn.
	appendValues func(values []any, i int) []any
	// unwanted reports whether the import leaves a row out.
	unwanted func(i int) (bool, error)
	// stored are the fields into which a stored row is read, to compare it.
	stored []any
}

// ofFile returns the rows of a file for the import.
func (t *table[R]) ofFile(ctx context.Context, im *importer, rows []R) fileRows {
	return fileRows{
		count:  len(rows),
		fields: func(i int) []any { return t.fields(&rows[i]) },
		appendValues: func(values []any, i int) []any {
			fields := t.fields(&rows[i])
			setMeta(fields, im.now)
			values = append(values, fields...)
			if t.announced != nil {
				values = append(values, t.announced(&rows[i], im))
			}
			return values
		},
		unwanted: func(i int) (bool, error) {
			if t.unwanted == nil {
				return false, nil
			}
			return t.unwanted(ctx, im, &rows[i])
		},
		stored: t.fields(new(R)),
	}
}

// rowStatements are the prepared statements of an import into one table.
type rowStatements struct {
	*schema
	find       *sql.Stmt // by id
	insert     *sql.Stmt
	insertMany *sql.Stmt // batch rows at once
	update     *sql.Stmt
	parkUnique *sql.Stmt
	owners     []ownerStatement
}

// ownerStatement finds another row with the value of a unique column.
type ownerStatement struct {
	*sql.Stmt
	column int
}

func (s *schema) prepare(ctx context.Context, tx *tx) (*rowStatements, error) {
	st := &rowStatements{schema: s}
	prepare := func(into **sql.Stmt, query string) (err error) {
		*into, err = tx.PrepareContext(ctx, query)
		return err
	}
	err := errors.Join(
		prepare(&st.find, "select "+s.names()+" from "+s.name()+" where id = $1"),
		prepare(&st.insert, s.insertSQL(tx.dialect, 1)),
		prepare(&st.insertMany, s.insertSQL(tx.dialect, batch)),
		prepare(&st.update, s.updateSQL()),
	)
	var sets []string
	for _, i := range s.unique() {
		name, other := s.columns[i].name, ownerStatement{column: i}
		sets = append(sets, name+" = $"+strconv.Itoa(len(sets)+2))
		err = errors.Join(err, prepare(&other.Stmt, "select id from "+s.name()+" where "+name+" = $1 and id <> $2"))
		st.owners = append(st.owners, other)
	}
	if len(sets) > 0 {
		err = errors.Join(err, prepare(&st.parkUnique, "update "+s.name()+" set "+strings.Join(sets, ", ")+
			" where id = $1"))
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Close closes the statements.
func (st *rowStatements) Close() error {
	all := []*sql.Stmt{st.find, st.insert, st.insertMany, st.update, st.parkUnique}
	for _, other := range st.owners {
		all = append(all, other.Stmt)
	}
	var errs []error
	for _, s := range all {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// stored reports for each of the rows from first to before end whether its id is stored.
func (st *rowStatements) stored(ctx context.Context, tx *tx, rows fileRows, first, end int) ([]bool, error) {
	ids := make([]int64, 0, end-first)
	for i := first; i < end; i++ {
		ids = append(ids, idOf(rows.fields(i)))
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	is := make([]bool, len(ids))
	found, err := tx.QueryContext(ctx, "select k.key from "+tx.dialect.Each("$1")+" k where exists (select 1 from "+
		st.name()+" where id = cast(k.value as bigint))", string(list))
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

// compare reports whether the row's id is stored, and returns the columns in which the row differs
// from the stored row, which it reads into stored. It gives the row the Meta of the stored one.
func (st *rowStatements) compare(ctx context.Context, fields, stored []any) (differs []string, found bool, err error) {
	switch err := st.find.QueryRowContext(ctx, fields[0]).Scan(stored...); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	keepMeta(stored, fields)
	differs, err = st.changed(stored, fields)
	return differs, true, err
}

// park sets the unique values of the stored row with the row's id to placeholders that no real row
// can have. n must be different for each row.
func (st *rowStatements) park(ctx context.Context, fields []any, n int) error {
	if st.parkUnique == nil {
		return nil
	}
	args := []any{fields[0]}
	for _, i := range st.unique() {
		args = append(args, st.columns[i].parked(n))
	}
	if _, err := st.parkUnique.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("make room in %s: %w", st.name(), err)
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

// taken returns the stored rows that already have one of the row's unique values.
func (st *rowStatements) taken(ctx context.Context, fields []any) (owners []owner, err error) {
	for _, other := range st.owners {
		if isNull(fields[other.column]) {
			continue
		}
		c := st.columns[other.column]
		o := owner{field: cmp.Or(c.of, c.name), folded: c.of != ""}
		err := other.QueryRowContext(ctx, fields[other.column], fields[0]).Scan(&o.id)
		switch {
		case err == nil:
			owners = append(owners, o)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return owners, nil
}

// storeMany writes the batch of new rows from the first on. If the database refuses one of them, it
// returns false and has written none.
func (st *rowStatements) storeMany(ctx context.Context, im *importer, rows fileRows, first int) (bool, error) {
	values := make([]any, 0, batch*(len(st.columns)+1))
	for i := range batch {
		values = rows.appendValues(values, first+i)
	}
	_, err := st.insertMany.ExecContext(ctx, values...)
	if code := namets.CodeOf(im.wrap(err)); err != nil && (code == namets.Conflict || code == namets.Invalid) {
		return false, nil
	}
	return err == nil, err
}
