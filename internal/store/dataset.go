package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"namets/internal/namets"
)

// errNotWanted rolls back an import that is a dry run or has conflicts.
var errNotWanted = errors.New("nothing is to be written")

// Import stores data in one transaction, with its ids. A stored row with the same content is left
// unchanged. A stored row with the same id and another content is a conflict unless opts.Replace is
// set; a unique value that belongs to another row always is. The report lists all conflicts. With a
// conflict, or with opts.DryRun, nothing is written. Within data, ids and unique values must not
// repeat; internal/transfer checks this. A row without a key keeps the stored one; Import fills in
// the Meta of the rows in data. An import fires no event, then or later (section 7),
// except with opts.AnnounceFuture. Addresses that have left are not imported, unless
// opts.IgnoreSuppressed is set.
func (db *DB) Import(ctx context.Context, by namets.Actor, data *namets.Dataset,
	opts namets.ImportOptions) (namets.ImportReport, error) {
	var report namets.ImportReport
	err := db.write(ctx, func(t *tx) error {
		im := &importer{tx: t, opts: opts, report: &report}
		var err error
		if im.left, err = readSuppressions(ctx, t, "true"); err != nil {
			return err
		}
		if err := im.all(ctx, data); err != nil {
			return err
		}
		if opts.DryRun || len(report.Conflicts) > 0 {
			return errNotWanted
		}
		return t.audit(ctx, by, "import", namets.KindDataset, 0, report.Kinds)
	})
	if errors.Is(err, errNotWanted) {
		err = nil
	}
	return report, err
}

// importer is an import in progress.
type importer struct {
	*tx
	opts   namets.ImportOptions
	report *namets.ImportReport
	left   suppressions
}

func (im *importer) all(ctx context.Context, data *namets.Dataset) error {
	for _, table := range contents() {
		if err := table.importFrom(ctx, im, data); err != nil {
			return err
		}
	}
	if !im.opts.AnnounceFuture {
		return nil
	}
	for _, table := range contents() {
		if err := table.announceFuture(ctx, im, data); err != nil {
			return err
		}
	}
	return nil
}

// announcedBy returns the time of announcement of a row that the import stores: now if the row
// announces anything, else nil, which means not announced yet.
func (im *importer) announcedBy(announces bool) any {
	if !announces {
		return nil
	}
	return im.now.UnixMicro()
}

// announce marks an announcement or event of the file as not announced yet, so that [DB.QueueDue]
// queues its notification, if its time is in the future and it has not been queued before. This
// includes rows that an earlier import has stored.
func (im *importer) announce(ctx context.Context, table namets.Kind, id int64, at time.Time) error {
	if !at.After(im.now) {
		return nil
	}
	queued, err := im.changes(ctx, `update `+string(table)+` set announced_at = null where id = $1
			and announced_at is not null
		and not exists (select 1 from deliveries where entity = $2 and entity_id = $1)`, id, string(table))
	if queued {
		im.report.Queued++
		im.hints = true
	}
	return err
}

// checkCategories reports events whose category does not exist. It runs after the categories of the
// file are stored.
func (im *importer) checkCategories(ctx context.Context, rows []namets.Event) error {
	known := map[int64]bool{}
	err := eventCategories().each(ctx, im.tx, "", func(c *namets.EventCategory) error {
		known[c.ID] = true
		return nil
	})
	for i, r := range rows {
		if r.CategoryID != nil && !known[*r.CategoryID] {
			im.conflict(namets.KindEvents, i, "category_id",
				"there is no event category with this id, neither in the file nor in the database")
		}
	}
	return err
}

func (im *importer) conflict(kind namets.Kind, index int, field, message string) {
	im.report.Conflicts = append(im.report.Conflicts,
		namets.RowConflict{Kind: kind, Index: index, Field: field, Message: message})
}

// importRows stores the rows of one kind. It first plans each row, and frees the unique values of
// the rows that will be replaced, so that two rows may swap theirs. Then it writes.
func importRows(ctx context.Context, im *importer, s *schema, rows fileRows) (err error) {
	st, err := s.prepare(ctx, im.tx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	plan, count, err := planRows(ctx, im, st, rows)
	if err != nil {
		return err
	}
	im.report.Kinds = append(im.report.Kinds, count)
	if count.Added+count.Replaced > 0 {
		im.touch(s.kind)
		im.hints = true
	}
	if err := storeRows(ctx, im, st, plan, rows); err != nil {
		return err
	}
	if count := im.dialect.CountOn(s.name()); count != "" {
		_, err = im.ExecContext(ctx, count)
	}
	return err
}

// storeRows stores the rows as planned, and consecutive new rows in batches of one statement.
func storeRows(ctx context.Context, im *importer, st *rowStatements, plan []importAction, rows fileRows) error {
	for at := 0; at < rows.count; {
		n := 0 // consecutive rows to add
		for n < batch && at+n < rows.count && plan[at+n] == add {
			n++
		}
		if n == batch {
			stored, err := st.storeMany(ctx, im, rows, at)
			if err != nil {
				return err
			}
			if stored {
				at += n
				continue
			}
		}
		for end := at + max(n, 1); at < end; at++ {
			if err := storeRow(ctx, im, st, plan[at], at, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// planRows decides what to do with each row, and counts the results.
func planRows(ctx context.Context, im *importer, st *rowStatements,
	rows fileRows) ([]importAction, namets.KindCount, error) {
	plan, count := make([]importAction, rows.count), namets.KindCount{Kind: st.kind}
	for first := 0; first < rows.count; first += lookUp {
		stored, err := st.stored(ctx, im.tx, rows, first, min(first+lookUp, rows.count))
		if err != nil {
			return nil, count, err
		}
		for i, found := range stored {
			if plan[first+i], err = planRow(ctx, im, st, rows, first+i, found, &count); err != nil {
				return nil, count, err
			}
		}
	}
	return plan, count, nil
}

// planRow decides what to do with one row, and counts the result. found says whether its id is
// stored.
func planRow(ctx context.Context, im *importer, st *rowStatements, rows fileRows, i int, found bool,
	count *namets.KindCount) (what importAction, err error) {
	var differs []string
	if found {
		if differs, found, err = st.compare(ctx, rows.fields(i), rows.stored); err != nil {
			return leave, err
		}
	}
	if !found || len(differs) > 0 {
		if unwanted, err := rows.unwanted(i); unwanted || err != nil {
			return leave, err
		}
	}
	switch {
	case !found:
		count.Added++
		return add, nil
	case len(differs) == 0:
		count.Unchanged++
	case im.opts.Replace:
		count.Replaced++
		return replace, st.park(ctx, rows.fields(i), i)
	default:
		im.conflict(st.kind, i, "id", "this id is stored with another content (it differs in "+
			strings.Join(differs, ", ")+"): take the row out of the file, or import with --replace to "+
			"overwrite what is stored")
	}
	return leave, nil
}

// storeRow stores one row, or reports why that is not possible.
func storeRow(ctx context.Context, im *importer, st *rowStatements, what importAction, index int, rows fileRows) error {
	if what == leave {
		return nil
	}
	taken, err := st.taken(ctx, rows.fields(index))
	if err != nil {
		return err
	}
	for _, other := range taken {
		im.conflict(st.kind, index, other.field, other.message())
	}
	if len(taken) > 0 {
		return nil
	}
	stmt := st.insert
	if what == replace {
		stmt = st.update
	}
	_, err = stmt.ExecContext(ctx, rows.appendValues(nil, index)...)
	if err != nil && namets.CodeOf(im.wrap(err)) == namets.Invalid {
		im.conflict(st.kind, index, "", "a value breaks a rule of the database")
		return nil
	}
	return err
}

// Export returns all rows, each kind by id, read in one transaction.
func (db *DB) Export(ctx context.Context) (*namets.Dataset, error) {
	var d namets.Dataset
	err := db.read(ctx, func(t readTx) error {
		for _, table := range contents() {
			if err := table.exportTo(ctx, t, &d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}
