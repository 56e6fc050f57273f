package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// Triggers give every change of a row its number, see the migration that creates the table changes.
// What they cannot know is here: the time of a deletion, and changes that time brings about.

// dueChanges is the maximum number of changes brought about by time that are read at once.
const dueChanges = 1000

// dateDeletions sets the time of the deletions of the transaction.
func (t *tx) dateDeletions(ctx context.Context) error {
	_, err := t.ExecContext(ctx, `update changes set at = $1 where change = 'deleted' and at is null`,
		t.now.UnixMicro())
	return err
}

// nextChange returns a new number.
func (t *tx) nextChange(ctx context.Context) (n int64, err error) {
	err = t.QueryRowContext(ctx, `update change_number set n = n + 1 returning n`).Scan(&n)
	return n, err
}

// dueChange is a row that time has changed.
type dueChange struct {
	topic     namets.Topic
	id, dueAt int64
}

// passTime gives a new number to every row that time has changed, in the order of these times.
func (t *tx) passTime(ctx context.Context) error {
	for {
		list, err := t.dueChanges(ctx)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, due := range list {
			if err := t.passDue(ctx, due); err != nil {
				return err
			}
		}
	}
}

func (t *tx) dueChanges(ctx context.Context) (list []dueChange, err error) {
	rows, err := t.QueryContext(ctx, `select topic, entity_id, due_at from changes where due_at <= $1
		order by due_at, topic, entity_id limit $2`, t.now.UnixMicro(), dueChanges)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d dueChange
		if err := rows.Scan(&d.topic, &d.id, &d.dueAt); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

func (t *tx) passDue(ctx context.Context, due dueChange) error {
	change, next, now := namets.ItemExpired, (*int64)(nil), t.now.UnixMicro()
	if due.topic == namets.TopicAnnouncements {
		var publishAt int64
		err := t.QueryRowContext(ctx, `select publish_at, expire_at from announcements where id = $1`, due.id).
			Scan(&publishAt, &next)
		if err != nil {
			return err
		}
		switch over := next != nil && *next <= now; {
		case over:
			next = nil
		case publishAt == due.dueAt:
			change = namets.ItemPublished
		}
	}
	n, err := t.nextChange(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `update changes set seq = $3, change = $4, at = $5, due_at = $6
		where topic = $1 and entity_id = $2`, due.topic, due.id, n, change, now, next)
	if err != nil || due.topic != namets.TopicAnnouncements {
		return err
	}
	if change == namets.ItemExpired {
		_, err = t.ExecContext(ctx, `delete from changes where topic = $1 and entity_id = $2`, namets.TopicPublished,
			due.id)
		return err
	}
	if n, err = t.nextChange(ctx); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `insert into changes (topic, entity_id, seq, change, at, created, moved)
		values ($1, $2, $3, 'published', $4, $5, $6) on conflict do nothing`, namets.TopicPublished, due.id, n, now, n,
		n)
	return err
}

// prunable selects deletions from before $1.
const prunable = `from changes where change = 'deleted' and at < $1`

// PruneChanges removes what is known of rows that were deleted longer ago than keep. A consumer
// that has not got all of them starts again. Each call removes a limited number and returns it:
// call it again until that is 0. It does not wait for the write lock if there is none.
func (db *DB) PruneChanges(ctx context.Context, keep time.Duration) (n int, err error) {
	var some bool
	before := namets.Micro(db.now()).Add(-keep).UnixMicro()
	err = db.reader.QueryRowContext(ctx, "select exists (select 1 "+prunable+")", before).Scan(&some)
	if err != nil || !some {
		return 0, db.wrap(err)
	}
	err = db.write(ctx, func(t *tx) error {
		const oldest = prunable + ` order by at limit $2`
		_, err := t.ExecContext(ctx, `
			insert into changes_pruned select topic, max(seq) from (select topic, seq `+oldest+`) old
			where true group by topic
			on conflict (topic) do update set seq = `+db.dialect.Greatest("changes_pruned.seq", "excluded.seq"),
			before, pruneBatch)
		if err != nil {
			return err
		}
		n, err = t.exec(ctx, `delete from changes where (topic, entity_id) in (
			select topic, entity_id `+oldest+`)`, before, pruneBatch)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `delete from consumer_notices where not leased and (
			topic = $1 and not exists (select 1 from announcements a where a.id = entity_id)
			or topic = $2 and start < $3)`, namets.TopicPublished, namets.TopicUpcoming,
			t.now.Add(-7*24*time.Hour).UnixMicro())
		return err
	})
	return n, err
}
