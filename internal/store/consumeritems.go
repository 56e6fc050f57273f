package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"namets/internal/namets"
)

// item is a change that waits for a consumer.
type item struct {
	namets.ConsumerItem
	kind namets.Kind
	// Of an item of a topic with [namets.TopicInfo.Once]: the number of the state that it is about,
	// and the start of the event.
	number int64
	start  *int64
	// Of a row's item: the numbers of its creation and its last move.
	created, moved int64
	// recalled means that the event was cancelled or revived since.
	recalled bool
}

// items returns at most limit items that wait for the consumer: first the request to copy all rows
// again, then events, then the rest in the order of their numbers.
func (c *consumer) items(ctx context.Context, q querier, now time.Time, limit int) (list []item, err error) {
	for _, p := range c.positions {
		if p.resync > 0 {
			list = append(list, item{ConsumerItem: namets.ConsumerItem{Change: namets.ItemResync, Topic: p.Topic,
				First: p.resync == 1}})
		}
	}
	if len(list) >= limit {
		return list[:limit], nil
	}
	for _, p := range c.positions {
		if p.Topic != namets.TopicUpcoming {
			continue
		}
		upcoming, err := c.upcoming(ctx, q, now, limit-len(list))
		if err != nil {
			return nil, err
		}
		list = append(list, upcoming...)
	}
	if len(list) >= limit {
		return list[:limit], nil
	}
	var numbered []item
	for _, p := range c.positions {
		if p.Topic == namets.TopicUpcoming {
			continue
		}
		of, err := c.numbered(ctx, q, &p, now, limit-len(list))
		if err != nil {
			return nil, err
		}
		numbered = append(numbered, of...)
	}
	slices.SortFunc(numbered, func(a, b item) int { return cmp.Compare(a.Seq, b.Seq) })
	return append(list, numbered[:min(len(numbered), limit-len(list))]...), nil
}

// numberedSQL is the end of a query for the changes of a topic after a number.
func numberedSQL(topic, after string) string {
	return ` from changes c where c.topic = ` + topic + ` and c.seq > ` + after
}

// publishedSQL is numberedSQL for [namets.TopicPublished]: announcements are left out that are not
// public at the time now, and those that the consumer has acknowledged.
func publishedSQL(after, now, consumer string) string {
	return ` from changes c join announcements a on a.id = c.entity_id
		where c.topic = 'announcements.published' and c.seq > ` + after + `
			and a.is_active and a.publish_at <= ` + now + ` and (a.expire_at is null or a.expire_at > ` + now + `)
			and not exists (select 1 from consumer_notices n where n.consumer_id = ` + consumer + `
				and n.topic = 'announcements.published' and n.entity_id = c.entity_id and n.acked is not null)`
}

// numberedQuery returns the end of the query for the items of a topic, and its arguments.
func (c *consumer) numberedQuery(p *position, now time.Time) (query string, args []any) {
	if p.Topic == namets.TopicPublished {
		return publishedSQL("$1", "$2", "$3"), []any{p.at, now.UnixMicro(), c.ID}
	}
	return numberedSQL("$1", "$2"), []any{p.Topic, p.at}
}

// numbered returns the next items of a topic in the order of their numbers.
func (c *consumer) numbered(ctx context.Context, q querier, p *position, now time.Time, limit int) (list []item,
	err error) {
	query, args := c.numberedQuery(p, now)
	rows, err := q.QueryContext(ctx, "select c.entity_id, c.seq, c.change, c.created, c.moved, c.cancelled, "+
		"coalesce(c.key, '')"+
		query+" order by c.seq limit $"+strconv.Itoa(len(args)+1), append(args, limit)...)
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		i := item{kind: p.Kind}
		i.Topic = p.Topic
		var cancelled int64
		if err := rows.Scan(&i.ID, &i.Seq, &i.Change, &i.created, &i.moved, &cancelled, &i.Key); err != nil {
			return nil, q.wrap(err)
		}
		i.First = i.Seq > p.handed
		if p.Once {
			i.number = i.Seq
		} else {
			i.recalled = cancelled > p.at
			i.Change = i.since(p.at)
		}
		list = append(list, i)
	}
	return list, q.wrap(rows.Err())
}

// since returns what has happened to the row since a number. Whether an event is cancelled now, the
// row says: see fill.
func (i *item) since(at int64) namets.ItemChange {
	switch {
	case i.Change == namets.ItemDeleted:
		return namets.ItemDeleted
	case i.created > at:
		return namets.ItemCreated
	case i.moved > at:
		return namets.ItemMoved
	case i.Change == namets.ItemCancelled:
		return namets.ItemUpdated
	}
	return i.Change
}

// stateSQL is the number of the state of an event that [namets.TopicUpcoming] tells about.
func stateSQL(d Dialect) string { return d.Greatest("c.moved", "c.cancelled") }

// toldSQL selects events that the consumer has got, and that have moved, were cancelled, revived or
// are gone. What was handed out and not acknowledged may have been used.
func toldSQL(consumer, now string) string {
	return ` from consumer_notices n join changes c on c.topic = 'events' and c.entity_id = n.entity_id
		left join events e on e.id = n.entity_id
		where n.consumer_id = ` + consumer + ` and n.topic = 'events.upcoming'
			and (c.change = 'deleted' and n.start > ` + now + ` or e.is_active and e.end_datetime > ` + now + `
				and (c.moved > n.acked or c.cancelled > n.acked or n.acked is null and e.cancelled_at is not null))`
}

// soonSQL selects events that begin soon, and that the consumer has not got. The join keeps SQLite
// from reading all changes of events first.
func soonSQL(d Dialect, consumer, now, before string) string {
	return ` from events e` + d.IndexedBy("events_public") + ` cross join changes c
		left join consumer_notices n on n.consumer_id = ` + consumer + ` and n.topic = 'events.upcoming'
			and n.entity_id = e.id
		where c.topic = 'events' and c.entity_id = e.id and e.is_active and e.cancelled_at is null
			and e.start_datetime > ` + now + ` and e.start_datetime <= ` + now + ` + ` + before + `
			and (n.acked is null or n.acked >= ` + stateSQL(d) + ` and not n.reminded)`
}

// upcoming returns the next items of [namets.TopicUpcoming].
func (c *consumer) upcoming(ctx context.Context, q querier, now time.Time, limit int) (list []item, err error) {
	at, before, state := now.UnixMicro(), c.Before.Microseconds(), stateSQL(q.in())
	if list, err = upcomingRows(ctx, q, `
		select c.entity_id, c.seq, case when c.change = 'deleted' then c.seq else `+state+` end,
			case when c.change = 'deleted' then 'deleted' when e.cancelled_at is not null then 'cancelled'
				when c.moved > n.acked then 'moved' else 'updated' end,
			coalesce(e.start_datetime, n.start), coalesce(n.handed, 0), coalesce(c.key, '')`+toldSQL("$1", "$2")+
		` order by c.seq limit $3`, c.ID, at, limit); err != nil {
		return nil, err
	}
	soon, err := upcomingRows(ctx, q, `
		select e.id, c.seq, `+state+`, 'upcoming', e.start_datetime, coalesce(n.handed, 0), ''`+
		soonSQL(q.in(), "$1", "$2", "$3")+` order by e.start_datetime, e.id limit $4`, c.ID, at, before, limit)
	list = append(list, soon...)
	return list[:min(len(list), limit)], err
}

func upcomingRows(ctx context.Context, q querier, query string, args ...any) (list []item, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		i := item{kind: namets.KindEvents}
		i.Topic = namets.TopicUpcoming
		var handed int64
		if err := rows.Scan(&i.ID, &i.Seq, &i.number, &i.Change, &i.start, &handed, &i.Key); err != nil {
			return nil, q.wrap(err)
		}
		i.First = handed != i.number
		list = append(list, i)
	}
	return list, q.wrap(rows.Err())
}

// lag returns how many items wait for the consumer.
func (c *consumer) lag(ctx context.Context, q querier, now time.Time) (lag int64, err error) {
	count := func(query string, args ...any) {
		var n int64
		if err == nil {
			err = q.wrap(q.QueryRowContext(ctx, "select count(*)"+query, args...).Scan(&n))
		}
		lag += n
	}
	for _, p := range c.positions {
		if p.resync > 0 {
			lag++
		}
		if p.Topic != namets.TopicUpcoming {
			query, args := c.numberedQuery(&p, now)
			count(query, args...)
			continue
		}
		count(toldSQL("$1", "$2"), c.ID, now.UnixMicro())
		count(soonSQL(q.in(), "$1", "$2", "$3"), c.ID, now.UnixMicro(), c.Before.Microseconds())
	}
	return lag, err
}

// fill reads the rows of the items, and gives each the author's key.
func fill(ctx context.Context, q querier, list []item) error {
	for _, f := range []func() error{
		func() error { return fillKind(ctx, q, subscribers(), list) },
		func() error { return fillKind(ctx, q, announcements(), list) },
		func() error { return fillKind(ctx, q, eventCategories(), list) },
		func() error { return fillKind(ctx, q, events(), list) },
		func() error { return fillKind(ctx, q, patrons(), list) },
		func() error { return fillKind(ctx, q, prayerSchedules(), list) },
	} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// fillKind is fill for the rows of one table.
func fillKind[R any](ctx context.Context, q querier, t *table[R], list []item) error {
	byID := map[int64][]*item{}
	for i := range list {
		if list[i].kind == t.kind && list[i].Change != namets.ItemDeleted {
			byID[list[i].ID] = append(byID[list[i].ID], &list[i])
		}
	}
	if len(byID) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(byID))
	for id := range byID {
		ids = append(ids, id)
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, "select "+t.names()+", revision from "+t.name()+" where id in ("+
		numbersOf(q.in())+")", string(text))
	if err != nil {
		return q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		row, revision := new(R), int64(0)
		fields := t.fields(row)
		if err := rows.Scan(append(fields, &revision)...); err != nil {
			return q.wrap(err)
		}
		key, _, _ := metaOf(fields)
		for _, i := range byID[idOf(fields)] {
			i.Row, i.Revision, i.Key = row, revision, *key
			if e, ok := any(row).(*namets.Event); ok && i.recalled && i.Change != namets.ItemCreated &&
				e.CancelledAt != nil {
				i.Change = namets.ItemCancelled
			}
		}
	}
	return q.wrap(rows.Err())
}
