package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// noun returns what people call one row of the table.
func (s *schema) noun() string { return s.kind.Info().One }

// row returns the row with the id and its revision. Errors: NotFound.
func (t *table[R]) row(ctx context.Context, q querier, id int64) (row R, revision int64, err error) {
	return t.named(ctx, q, namets.RowRef{ID: id})
}

func (s *schema) noSuchID(id int64) error {
	return &namets.Error{Code: namets.NotFound, Message: "there is no " + s.noun() + " with the number " +
		strconv.FormatInt(id, 10)}
}

// by returns the row with the value in a unique column. Errors: NotFound.
func (t *table[R]) by(ctx context.Context, q querier, column, value string) (row R, err error) {
	err = t.readBy(ctx, q, column, value, t.fields(&row))
	return row, err
}

// readBy sets the fields to the row with the value in a unique column. Errors: NotFound.
func (s *schema) readBy(ctx context.Context, q querier, column, value string, fields []any) error {
	if !storable(value) {
		return s.noSuch()
	}
	err := q.QueryRowContext(ctx, "select "+s.names()+" from "+s.name()+" where "+column+" = $1", value).
		Scan(fields...)
	if errors.Is(err, sql.ErrNoRows) {
		return s.noSuch()
	}
	return q.wrap(err)
}

// storable reports whether a row may contain the text. What is looked up may come from a made-up
// address: PostgreSQL refuses a text with U+0000, which no row contains.
func storable(text string) bool { return !strings.Contains(text, "\x00") }

func (s *schema) noSuch() error {
	return &namets.Error{Code: namets.NotFound, Message: "there is no such " + s.noun()}
}

// create stores a new row under a new id, and its audit row. Errors: Conflict with the field whose
// value is taken.
func (t *table[R]) create(ctx context.Context, tx *tx, by namets.Actor, row *R) (id int64, err error) {
	return t.insert(ctx, tx, by, t.fields(row))
}

// insert implements create.
func (s *schema) insert(ctx context.Context, tx *tx, by namets.Actor, fields []any) (id int64, err error) {
	if err := s.checkUnique(ctx, tx, fields, 0, nil); err != nil {
		return 0, err
	}
	_, created, _ := metaOf(fields)
	*created = tx.now
	setMeta(fields, tx.now)
	names := strings.TrimPrefix(s.names(), "id, ")
	err = tx.QueryRowContext(ctx, "insert into "+s.name()+" ("+names+") values ("+placeholders(len(s.columns)-1)+
		") returning id",
		fields[1:]...).Scan(&id)
	if err != nil {
		return 0, err
	}
	tx.touch(s.kind)
	return id, tx.audit(ctx, by, "create", s.kind, id, nil)
}

// fieldChanges is the detail of an update's audit row.
type fieldChanges struct {
	Changed []string `json:"changed"`
}

// update lets edit change the row with the id, and stores the row with its audit row if anything
// changed. What edit does to the row's times counts for nothing, and an empty key keeps the stored
// one. A revision other than 0 must match the stored one. Errors: NotFound; Conflict, with the
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
	_, err = t.save(ctx, tx, by, id, t.fields(&before), t.fields(&after))
	return before, after, err
}

// save overwrites the row with the id, unless before and after are the same, and writes its audit
// row. It reports whether they differ. Errors: Conflict with the field whose value is taken.
func (s *schema) save(ctx context.Context, tx *tx, by namets.Actor, id int64, before, after []any) (bool, error) {
	keepMeta(before, after)
	changed, err := s.changed(before, after)
	if err != nil || len(changed) == 0 {
		return false, err
	}
	setMeta(after, tx.now)
	if err := s.checkUnique(ctx, tx, after, id, changed); err != nil {
		return false, err
	}
	if err := s.overwrite(ctx, tx, id, after, changed); err != nil {
		return false, err
	}
	tx.touch(s.kind)
	return true, tx.audit(ctx, by, "update", s.kind, id, fieldChanges{changed})
}

// changedMeanwhile is the error for a revision that is not the stored one.
func (s *schema) changedMeanwhile() error {
	return &namets.Error{Code: namets.Conflict, Err: namets.ErrOtherRevision,
		Message: "somebody else has changed this " + s.noun() + " meanwhile: nothing was overwritten"}
}

// overwrite stores the changed fields, and those derived from them, under the id.
func (s *schema) overwrite(ctx context.Context, tx *tx, id int64, fields []any, changed []string) error {
	sets, values := "", []any{id}
	for i, c := range s.columns {
		if c.isAmong(changed) || c.dated {
			values = append(values, fields[i])
			sets += c.name + " = $" + strconv.Itoa(len(values)) + ", "
		}
	}
	_, err := tx.ExecContext(ctx, "update "+s.name()+" set "+sets+"revision = revision + 1 where id = $1", values...)
	return err
}

// delete removes the row with the id, writes its audit row and returns the removed row. Errors:
// NotFound.
func (t *table[R]) delete(ctx context.Context, tx *tx, by namets.Actor, id int64) (was R, err error) {
	if err := t.remove(ctx, tx, by, id, t.fields(&was)); err != nil || t.removed == nil {
		return was, err
	}
	return was, t.removed(ctx, tx, &was)
}

// remove sets the fields to the row with the id, removes the row and writes its audit row. Errors:
// NotFound.
func (s *schema) remove(ctx context.Context, tx *tx, by namets.Actor, id int64, fields []any) error {
	if _, err := s.readWhole(ctx, tx, "id", id, fields); err != nil {
		return err
	}
	if s.beforeDelete != nil {
		if err := s.beforeDelete(ctx, tx, id); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "delete from "+s.name()+" where id = $1", id); err != nil {
		return err
	}
	tx.touch(s.kind)
	var detail any
	if !s.address {
		title, err := s.title(fields)
		if err != nil {
			return err
		}
		detail = titleDetail{title}
	}
	return tx.audit(ctx, by, "delete", s.kind, id, detail)
}

// title returns the name by which people know a row.
func (s *schema) title(fields []any) (any, error) {
	i := slices.IndexFunc(s.columns, func(c column) bool { return c.name == s.known })
	return driver.DefaultParameterConverter.ConvertValue(fields[i])
}

// checkUnique returns a Conflict if another row than the one with the id has a unique value of the
// fields. If changed is not nil, it names the columns to check, because unchanged values are known
// to be free.
func (s *schema) checkUnique(ctx context.Context, tx *tx, fields []any, id int64, changed []string) error {
	for _, i := range s.unique() {
		c := s.columns[i]
		if changed != nil && !c.isAmong(changed) {
			continue
		}
		taken, err := s.taken(ctx, tx, c.name, fields[i], id)
		if err != nil {
			return err
		}
		if taken {
			return &namets.Error{Code: namets.Conflict, Field: cmp.Or(c.of, c.name), Message: "belongs to another " +
				s.noun() + " already"}
		}
	}
	return nil
}

// taken reports whether another row than the one with the id has the value in the column.
func (s *schema) taken(ctx context.Context, q querier, column string, value any, id int64) (taken bool, err error) {
	if isNull(value) {
		return false, nil
	}
	err = q.QueryRowContext(ctx, "select exists (select 1 from "+s.name()+" where "+column+" = $1 and id <> $2)", value,
		id).Scan(&taken)
	return taken, err
}

// freeSlug returns slug, or one made from title if slug is empty.
func (s *schema) freeSlug(ctx context.Context, tx *tx, slug, title string) (string, error) {
	if slug != "" {
		return slug, nil
	}
	return namets.UniqueSlug(namets.Slugify(title), func(candidate string) (bool, error) {
		return s.taken(ctx, tx, "slug", candidate, 0)
	})
}
