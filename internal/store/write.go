package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// noun returns what people call one row of the table.
func (t *table[R]) noun() string { return t.kind.Info().One }

// row returns the row with the id and its revision. Errors: NotFound.
func (t *table[R]) row(ctx context.Context, q querier, id int64) (row R, revision int64, err error) {
	err = q.QueryRowContext(ctx, "select "+t.names()+", revision from "+t.name()+" where id = $1", id).
		Scan(append(t.fields(&row), &revision)...)
	if errors.Is(err, sql.ErrNoRows) {
		return row, 0, &namets.Error{Code: namets.NotFound, Message: "there is no " + t.noun() + " with the number " +
			strconv.FormatInt(id, 10)}
	}
	return row, revision, q.wrap(err)
}

// by returns the row with the value in a unique column. Errors: NotFound. The value may come from a
// made-up address: PostgreSQL refuses a text with U+0000, which no row contains.
func (t *table[R]) by(ctx context.Context, q querier, column, value string) (row R, err error) {
	if strings.Contains(value, "\x00") {
		return row, t.noSuch()
	}
	err = q.QueryRowContext(ctx, "select "+t.names()+" from "+t.name()+" where "+column+" = $1",
		value).Scan(t.fields(&row)...)
	if errors.Is(err, sql.ErrNoRows) {
		return row, t.noSuch()
	}
	return row, q.wrap(err)
}

func (t *table[R]) noSuch() error {
	return &namets.Error{Code: namets.NotFound, Message: "there is no such " + t.noun()}
}

// create stores a new row under a new id, and its audit row. Errors: Conflict with the field whose
// value is taken.
func (t *table[R]) create(ctx context.Context, tx *tx, by namets.Actor, row *R) (id int64, err error) {
	if err := t.checkUnique(ctx, tx, row, 0, nil); err != nil {
		return 0, err
	}
	names := strings.TrimPrefix(t.names(), "id, ")
	err = tx.QueryRowContext(ctx, "insert into "+t.name()+" ("+names+") values ("+placeholders(len(t.columns)-1)+
		") returning id",
		t.fields(row)[1:]...).Scan(&id)
	if err != nil {
		return 0, err
	}
	tx.touch(t.kind)
	return id, tx.audit(ctx, by, "create", t.kind, id, nil)
}

// fieldChanges is the detail of an update's audit row.
type fieldChanges struct {
	Changed []string `json:"changed"`
}

// update lets edit change the row with the id, and stores the row with its audit row if anything
// changed. A revision other than 0 must match the stored one. Errors: NotFound; Conflict, with the
// field whose value is taken, or without a field for another revision.
func (t *table[R]) update(ctx context.Context, tx *tx, by namets.Actor, id, revision int64,
	edit func(*R)) (before, after R, err error) {
	before, stored, err := t.row(ctx, tx, id)
	if err != nil {
		return before, after, err
	}
	if revision != 0 && revision != stored {
		return before, after, t.changedMeanwhile()
	}
	after = before
	edit(&after)
	changed, err := t.changed(&before, &after)
	if err != nil || len(changed) == 0 {
		return before, after, err
	}
	if err := t.checkUnique(ctx, tx, &after, id, changed); err != nil {
		return before, after, err
	}
	if err := t.overwrite(ctx, tx, id, &after, changed); err != nil {
		return before, after, err
	}
	tx.touch(t.kind)
	return before, after, tx.audit(ctx, by, "update", t.kind, id, fieldChanges{changed})
}

// changedMeanwhile is the error for a revision that is not the stored one.
func (t *table[R]) changedMeanwhile() error {
	return &namets.Error{Code: namets.Conflict,
		Message: "somebody else has changed this " + t.noun() + " meanwhile: nothing was overwritten"}
}

// overwrite stores the changed columns of row, and those derived from them, under the id.
func (t *table[R]) overwrite(ctx context.Context, tx *tx, id int64, row *R, changed []string) error {
	sets, values := "", []any{id}
	for _, c := range t.columns {
		if c.isAmong(changed) {
			values = append(values, c.field(row))
			sets += c.name + " = $" + strconv.Itoa(len(values)) + ", "
		}
	}
	_, err := tx.ExecContext(ctx, "update "+t.name()+" set "+sets+"revision = revision + 1 where id = $1", values...)
	return err
}

// delete removes the row with the id, writes its audit row and returns the removed row. Errors:
// NotFound.
func (t *table[R]) delete(ctx context.Context, tx *tx, by namets.Actor, id int64) (was R, err error) {
	if was, _, err = t.row(ctx, tx, id); err != nil {
		return was, err
	}
	if _, err := tx.ExecContext(ctx, "delete from "+t.name()+" where id = $1", id); err != nil {
		return was, err
	}
	tx.touch(t.kind)
	var detail any
	if t.title != nil {
		detail = struct {
			Title string `json:"title"`
		}{t.title(&was)}
	}
	return was, tx.audit(ctx, by, "delete", t.kind, id, detail)
}

// checkUnique returns a Conflict if another row than the one with the id has a unique value of row.
// If changed is not nil, it names the columns to check, because unchanged values are known to be
// free.
func (t *table[R]) checkUnique(ctx context.Context, tx *tx, row *R, id int64, changed []string) error {
	for _, c := range t.unique() {
		if changed != nil && !c.isAmong(changed) {
			continue
		}
		taken, err := t.taken(ctx, tx, c.name, c.field(row), id)
		if err != nil {
			return err
		}
		if taken {
			field := c.name
			if c.of != "" {
				field = c.of
			}
			return &namets.Error{Code: namets.Conflict, Field: field, Message: "belongs to another " +
				t.noun() + " already"}
		}
	}
	return nil
}

// taken reports whether another row than the one with the id has the value in the column.
func (t *table[R]) taken(ctx context.Context, q querier, column string, value any, id int64) (taken bool, err error) {
	err = q.QueryRowContext(ctx, "select exists (select 1 from "+t.name()+" where "+column+" = $1 and id <> $2)", value,
		id).Scan(&taken)
	return taken, err
}

// freeSlug returns slug, or one made from title if slug is empty.
func (t *table[R]) freeSlug(ctx context.Context, tx *tx, slug, title string) (string, error) {
	if slug != "" {
		return slug, nil
	}
	return namets.UniqueSlug(namets.Slugify(title), func(candidate string) (bool, error) {
		return t.taken(ctx, tx, "slug", candidate, 0)
	})
}
