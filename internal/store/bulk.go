package store

import (
	"context"
	"encoding/json"
	"strconv"

	"namets/internal/namets"
)

// act is a bulk action in progress: one action of a person on many rows.
type act struct {
	head  int64 // its own audit row
	steps int   // audit rows of its steps
	batch int64 // the first delivery that it queued, 0 for none
	queue int   // number of deliveries that it queued
}

// bulkDetail is the detail of a bulk action's own audit row.
type bulkDetail struct {
	Count int    `json:"count"`
	First string `json:"first,omitempty"` // the first and the last day, for actions on days
	Last  string `json:"last,omitempty"`
}

// bulk runs fn, whose changes are the steps of one bulk action, which lists show as one line. d is
// the detail, read after fn, with the count filled in here. A bulk action without steps is not
// recorded, and neither is one with a single step, unless id names the row that the action is
// about.
func (t *tx) bulk(ctx context.Context, by namets.Actor, action string, kind namets.Kind, id int64, d *bulkDetail,
	fn func() error) error {
	head, err := t.auditRow(ctx, by, action, kind, id, nil)
	if err != nil {
		return err
	}
	t.act = &act{head: head}
	if err := fn(); err != nil {
		return err
	}
	done := *t.act
	t.act = nil
	if done.queue == 1 {
		if _, err := t.ExecContext(ctx, `update deliveries set batch = null where id = $1`, done.batch); err != nil {
			return err
		}
	}
	if done.steps == 0 || done.steps == 1 && id == 0 {
		if _, err := t.ExecContext(ctx, `update audit set part_of = null where part_of = $1`, done.head); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `delete from audit where id = $1`, done.head)
		return err
	}
	d.Count = done.steps
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `update audit set detail = $2 where id = $1`, done.head, string(text))
	return err
}

// step counts a step and returns the id of the bulk action's audit row, nil outside of a bulk
// action.
func (t *tx) step() any {
	if t.act == nil || t.act.head == 0 {
		return nil
	}
	t.act.steps++
	return t.act.head
}

// join adds the delivery to the bulk action in progress.
func (t *tx) join(ctx context.Context, delivery int64) error {
	if t.act == nil {
		return nil
	}
	if t.act.queue++; t.act.batch == 0 {
		t.act.batch = delivery
	}
	_, err := t.ExecContext(ctx, `update deliveries set batch = $2 where id = $1`, delivery, t.act.batch)
	return err
}

// FoldedDeliveries is like [DB.Deliveries], with one row for all deliveries that one bulk action
// has queued: the newest. Its Batch contains how many of them match f, by state.
func (db *DB) FoldedDeliveries(ctx context.Context, f namets.DeliveryFilter) (list []namets.Delivery, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	for limit := f.Limit; len(list) < limit; {
		step, err := db.Deliveries(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, d := range step {
			if d.Batch != nil && f.Before > 0 && d.ID >= f.Before {
				continue // it belongs to the batch folded last
			}
			if d.Batch != nil {
				if err := db.countBatch(ctx, &d, f); err != nil {
					return nil, err
				}
				f.Before = d.Batch.ID
			}
			if list = append(list, d); len(list) == limit {
				return list, nil
			}
		}
		if len(step) < f.Limit {
			return list, nil
		}
		if last := step[len(step)-1]; f.Before == 0 || last.ID < f.Before {
			f.Before = last.ID
		}
	}
	return list, nil
}

// countBatch fills in the Batch of d with the deliveries that match f.
func (db *DB) countBatch(ctx context.Context, d *namets.Delivery, f namets.DeliveryFilter) error {
	f.Before = 0
	where, args := db.deliveryConditions(f)
	args = append(args, d.Batch.ID)
	rows, err := db.reader.QueryContext(ctx, `
		select state, count(*), coalesce(min(subject), ''), coalesce(max(subject), '') from (
			select state, case entity when 'prayer_schedules' then (select date from prayer_schedules p
				where p.id = entity_id) end as subject
			from deliveries`+
		db.dialect.IndexedBy("deliveries_batch")+` where batch = $`+strconv.Itoa(len(args))+` and `+where+
		`) parts group by state`, args...)
	if err != nil {
		return db.wrap(err)
	}
	defer rows.Close()
	d.Batch.States = map[namets.DeliveryState]int{}
	for rows.Next() {
		var state namets.DeliveryState
		var n int
		var first, last string
		if err := rows.Scan(&state, &n, &first, &last); err != nil {
			return db.wrap(err)
		}
		d.Batch.States[state] = n
		d.Batch.Count += n
		if first != "" && (d.Batch.First == "" || first < d.Batch.First) {
			d.Batch.First = first
		}
		d.Batch.Last = max(d.Batch.Last, last)
	}
	return db.wrap(rows.Err())
}
