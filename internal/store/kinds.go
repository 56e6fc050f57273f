package store

import (
	"context"

	"namets/internal/namets"
)

// content is a table of content with rows of any type.
type content interface {
	// about describes the table.
	about() *schema
	// importFrom stores the rows of data.
	importFrom(ctx context.Context, im *importer, data *namets.Dataset) error
	// announceFuture marks the rows of data that are in the future as not announced yet.
	announceFuture(ctx context.Context, im *importer, data *namets.Dataset) error
	// exportTo reads all rows into data, by id.
	exportTo(ctx context.Context, q querier, data *namets.Dataset) error
}

// contents returns one table for each of [namets.ContentKinds], in that order. Import, export,
// restore, the activity and the list of deliveries use it.
func contents() []content {
	return []content{
		subscribers(), announcements(), eventCategories(), events(), patrons(), prayerSchedules(),
	}
}

func (s *schema) about() *schema { return s }

func (t *table[R]) importFrom(ctx context.Context, im *importer, data *namets.Dataset) error {
	rows := *t.rows(data)
	if t.check != nil {
		if err := t.check(ctx, im, rows); err != nil {
			return err
		}
	}
	return importRows(ctx, im, &t.schema, t.ofFile(ctx, im, rows))
}

func (t *table[R]) announceFuture(ctx context.Context, im *importer, data *namets.Dataset) error {
	if t.at == nil {
		return nil
	}
	rows := *t.rows(data)
	for i := range rows {
		if err := im.announce(ctx, t.kind, idOf(t.fields(&rows[i])), t.at(&rows[i])); err != nil {
			return err
		}
	}
	return nil
}

func (t *table[R]) exportTo(ctx context.Context, q querier, data *namets.Dataset) (err error) {
	*t.rows(data), err = t.all(ctx, q, "order by id")
	return err
}

// knownAs returns the branches of "case entity" that read the name by which people know a row of
// content; id is the column with its id. Addresses are included only if addresses is true.
func knownAs(id string, addresses bool) (branches string) {
	for _, table := range contents() {
		if s := table.about(); addresses || !s.address {
			branches += `
		when '` + s.name() + `' then (select ` + s.known + ` from ` + s.name() + ` where id = ` + id + `)`
		}
	}
	return branches
}
