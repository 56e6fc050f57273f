package store

import (
	"context"
	"strings"

	"namets/internal/namets"
)

// unknownIn is a condition that leaves out people whose address another row of the database has:
// they exist both before and after the restore.
func (s *schema) unknownIn(database string) string {
	if s.kind != namets.KindSubscribers {
		return ""
	}
	return " and email_key not in (select email_key from " + database + ".subscribers)"
}

// listRows reports the rows that exist again, those that no longer exist, and what was switched.
// With KeepDeletes, what was deleted and switched after the backup stays so.
func (r *restorer) listRows(ctx context.Context) error {
	for _, content := range contents() {
		t := content.about()
		table := string(t.kind)
		if r.KeepDeletes {
			if err := r.keepDeleted(ctx, t); err != nil {
				return err
			}
		}
		back, err := r.rows(ctx, t.kind, namets.RowBack, `select id, `+t.known+`, '' from main.`+table+
			` where id not in (select id from old.`+table+`)`+
			t.unknownIn("old")+` order by id`)
		if err != nil {
			return err
		}
		gone, err := r.rows(ctx, t.kind, namets.RowGone, `select id, `+t.known+`, '' from old.`+table+
			` where id not in (select id from main.`+table+`)`+
			t.unknownIn("main")+` order by id`)
		if err != nil {
			return err
		}
		r.report.Rows = append(append(r.report.Rows, back...), gone...)
		for _, column := range t.columns {
			if !column.switches {
				continue
			}
			if err := r.switched(ctx, t, column.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepDeleted deletes the rows that were deleted after the backup.
func (r *restorer) keepDeleted(ctx context.Context, t *schema) error {
	table := string(t.kind)
	found, err := r.rows(ctx, t.kind, namets.RowDeleted, `select id, `+t.known+`, '' from main.`+table+`
		where id not in (select id from old.`+table+`)`+t.unknownIn("old")+` and id in (
			select entity_id from old.audit where id > $1 and entity = $2 and action = 'delete') order by id`,
		r.audited, table)
	if err != nil {
		return err
	}
	for _, row := range found {
		if t.kind == namets.KindEventCategories {
			if _, err := r.exec(ctx, `update main.events set category_id = null, revision = revision + 1,
				updated_at = $2 where category_id = $1`, row.ID, r.now.UnixMicro()); err != nil {
				return err
			}
		}
		if _, err := r.exec(ctx, "delete from main."+table+" where id = $1", row.ID); err != nil {
			return err
		}
		if err := r.forgetAbout(ctx, subject{t.kind, row.ID}); err != nil {
			return err
		}
	}
	r.report.Rows = append(r.report.Rows, found...)
	return nil
}

// switched reports the rows in which the column differs between the backup and the replaced
// database.
func (r *restorer) switched(ctx context.Context, t *schema, column string) error {
	table, change, now := string(t.kind), namets.RowSwitched, "m."
	if r.KeepDeletes {
		change, now = namets.RowKept, "o."
	}
	what := strings.ReplaceAll(column, "_", " ")
	found, err := r.rows(ctx, t.kind, change, `select m.id, m.`+t.known+`, $1 || case when `+now+column+
		` then ': yes' else ': no' end
		from main.`+table+` m join old.`+table+` o on o.id = m.id where m.`+column+` <> o.`+column+
		` order by m.id`, what)
	if err != nil {
		return err
	}
	r.report.Rows = append(r.report.Rows, found...)
	if !r.KeepDeletes || len(found) == 0 {
		return nil
	}
	_, err = r.exec(ctx, `update main.`+table+` as m set `+column+` = o.`+column+`, revision = m.revision + 1,
			updated_at = $1 from old.`+table+` o where o.id = m.id and m.`+column+` <> o.`+column,
		r.now.UnixMicro())
	return err
}
