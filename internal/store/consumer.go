package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"namets/internal/namets"
)

// maxConsumers is the maximum number of consumers of one token.
const maxConsumers = 100

// consumer is a row of consumers with its topics.
type consumer struct {
	namets.Consumer
	lease     string // of what is handed out, empty if nothing is
	ended     string // the lease before it
	endedBy   string // ack or release
	positions []position
}

// position is how far a consumer has got in a topic.
type position struct {
	namets.TopicInfo
	at     int64 // everything up to this number is acknowledged
	handed int64 // the highest number that was handed out
	resync int   // see the migration
}

// leased reports whether something is handed out at the time.
func (c *consumer) leased(now time.Time) bool {
	return c.lease != "" && c.LeasedUntil != nil && c.LeasedUntil.After(now)
}

// consumers returns the consumers of the query that ends with rest after "from consumers", without
// their Lag.
func consumers(ctx context.Context, q querier, rest string, args ...any) (list []consumer, err error) {
	rows, err := q.QueryContext(ctx, `
		select id, token_id, name, starts, before, lease_length, created_at, acked_at, lease, leased_until,
			ended_lease, ended_by from consumers `+rest, args...)
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c consumer
		err := rows.Scan(&c.ID, &c.TokenID, &c.Name, &c.Start, period{&c.Before}, period{&c.Lease},
			instant{&c.CreatedAt}, optionalInstant{&c.AckedAt}, &c.lease, optionalInstant{&c.LeasedUntil}, &c.ended,
			&c.endedBy)
		if err != nil {
			return nil, q.wrap(err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, q.wrap(err)
	}
	for i := range list {
		if err := list[i].readPositions(ctx, q); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// readPositions reads the topics, in the order of [namets.Topics].
func (c *consumer) readPositions(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `select topic, position, handed, resync from consumer_topics
		where consumer_id = $1`, c.ID)
	if err != nil {
		return q.wrap(err)
	}
	defer rows.Close()
	found := map[namets.Topic]position{}
	for rows.Next() {
		var topic namets.Topic
		var p position
		if err := rows.Scan(&topic, &p.at, &p.handed, &p.resync); err != nil {
			return q.wrap(err)
		}
		found[topic] = p
	}
	for _, info := range namets.Topics() {
		if p, ok := found[info.Topic]; ok {
			p.TopicInfo = info
			c.positions = append(c.positions, p)
			c.Topics = append(c.Topics, info.Topic)
		}
	}
	return q.wrap(rows.Err())
}

// consumerNamed returns the token's consumer with the name. Errors: NotFound.
func consumerNamed(ctx context.Context, q querier, tokenID int64, name string) (*consumer, error) {
	list, err := consumers(ctx, q, "where token_id = $1 and name = $2", tokenID, name)
	if err == nil && len(list) == 0 {
		err = noConsumer()
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func noConsumer() error {
	return &namets.Error{Code: namets.NotFound, Message: "there is no such consumer"}
}

// shown returns the consumer for a caller of the store, with its lag and how often it asks.
func (c *consumer) shown(ctx context.Context, q querier, asked *watch, now time.Time) (namets.Consumer, error) {
	shown := c.Consumer
	if !c.leased(now) {
		shown.LeasedUntil = nil
	}
	list, err := pollers(ctx, q, asked, "where consumer_id = $1", c.ID)
	if err != nil {
		return shown, err
	}
	if len(list) > 0 {
		shown.SeenAt, shown.Usual, shown.Late = &list[0].SeenAt, list[0].Usual, list[0].Late
	} else if at, ok := asked.last(asker{consumer: c.ID}); ok {
		shown.SeenAt = &at
	}
	shown.Lag, err = c.lag(ctx, q, now)
	return shown, err
}

// Consumers returns the consumers of all tokens, by token and name.
func (db *DB) Consumers(ctx context.Context) ([]namets.Consumer, error) {
	return db.consumers(ctx, "order by token_id, name")
}

// ConsumersOf returns the consumers of the token, by name; 0 is the shared token.
func (db *DB) ConsumersOf(ctx context.Context, tokenID int64) ([]namets.Consumer, error) {
	return db.consumers(ctx, "where token_id = $1 order by name", tokenID)
}

// Consumer returns the consumer with the id. Errors: NotFound.
func (db *DB) Consumer(ctx context.Context, id int64) (namets.Consumer, error) {
	list, err := db.consumers(ctx, "where id = $1", id)
	if err == nil && len(list) == 0 {
		err = noConsumer()
	}
	if err != nil {
		return namets.Consumer{}, err
	}
	return list[0], nil
}

func (db *DB) consumers(ctx context.Context, rest string, args ...any) (list []namets.Consumer, err error) {
	err = db.read(ctx, func(r readTx) error {
		found, err := consumers(ctx, r, rest, args...)
		if err != nil {
			return err
		}
		for i := range found {
			shown, err := found[i].shown(ctx, r, &db.asked, namets.Micro(db.now()))
			if err != nil {
				return err
			}
			list = append(list, shown)
		}
		return nil
	})
	return list, err
}

// PutConsumer stores what the token wants for its consumer with the name, and reports whether it is
// new. spec must be valid. A new topic begins at spec.Start; the others stay where they are.
// Errors: Conflict if the token has too many; Forbidden if it has ended.
func (db *DB) PutConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string,
	spec namets.ConsumerSpec) (shown namets.Consumer, created bool, err error) {
	err = db.write(ctx, func(t *tx) error {
		if err := t.stillValid(ctx, tokenID); err != nil {
			return err
		}
		was, err := consumerNamed(ctx, t, tokenID, name)
		switch {
		case namets.CodeOf(err) == namets.NotFound:
			created = true
			err = t.createConsumer(ctx, by, tokenID, name, spec)
		case err == nil:
			err = t.updateConsumer(ctx, by, was, spec)
		}
		if err != nil {
			return err
		}
		c, err := consumerNamed(ctx, t, tokenID, name)
		if err != nil {
			return err
		}
		shown, err = c.shown(ctx, t, &db.asked, t.now)
		return err
	})
	return shown, created, err
}

func (t *tx) createConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string,
	spec namets.ConsumerSpec) error {
	var count int
	err := t.QueryRowContext(ctx, "select count(*) from consumers where token_id = $1", tokenID).Scan(&count)
	if err != nil {
		return err
	}
	if count >= maxConsumers {
		return &namets.Error{Code: namets.Conflict, Message: fmt.Sprintf("this token has %d consumers, and more are "+
			"not possible: delete one that is no longer used", count)}
	}
	var id int64
	err = t.QueryRowContext(ctx, `
		insert into consumers (token_id, name, starts, before, lease_length, created_at)
		values ($1, $2, $3, $4, $5, $6) returning id`,
		tokenID, name, spec.Start, spec.Before.Microseconds(), spec.Lease.Microseconds(), t.now.UnixMicro()).Scan(&id)
	if err != nil {
		return err
	}
	if err := t.startTopics(ctx, id, spec, spec.Topics); err != nil {
		return err
	}
	return t.audit(ctx, by, "create", namets.KindConsumers, id, nil)
}

// updateConsumer stores a changed choice.
func (t *tx) updateConsumer(ctx context.Context, by namets.Actor, was *consumer, spec namets.ConsumerSpec) error {
	var changed []string
	added := slices.DeleteFunc(slices.Clone(spec.Topics), func(topic namets.Topic) bool {
		return slices.Contains(was.Topics, topic)
	})
	for _, f := range [...]struct {
		name string
		same bool
	}{
		{"topics", len(added) == 0 && len(spec.Topics) == len(was.Topics)},
		{"start", spec.Start == was.Start}, {"before", spec.Before == was.Before}, {"lease", spec.Lease == was.Lease},
	} {
		if !f.same {
			changed = append(changed, f.name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	_, err := t.ExecContext(ctx, `update consumers set starts = $2, before = $3, lease_length = $4 where id = $1`,
		was.ID, spec.Start, spec.Before.Microseconds(), spec.Lease.Microseconds())
	if err != nil {
		return err
	}
	for _, topic := range was.Topics {
		if slices.Contains(spec.Topics, topic) {
			continue
		}
		for _, table := range []string{"consumer_topics", "consumer_notices"} {
			if _, err := t.ExecContext(ctx, "delete from "+table+" where consumer_id = $1 and topic = $2", was.ID,
				topic); err != nil {
				return err
			}
		}
	}
	if err := t.startTopics(ctx, was.ID, spec, added); err != nil {
		return err
	}
	return t.audit(ctx, by, "update", namets.KindConsumers, was.ID, fieldChanges{changed})
}

// startTopics adds topics to a consumer.
func (t *tx) startTopics(ctx context.Context, id int64, spec namets.ConsumerSpec, topics []namets.Topic) error {
	if err := t.passTime(ctx); err != nil { // what is due now belongs to the past
		return err
	}
	var newest int64
	if err := t.QueryRowContext(ctx, `select n from change_number`).Scan(&newest); err != nil {
		return err
	}
	at := newest
	if spec.Start == namets.StartBeginning {
		at = 0
	}
	for _, topic := range topics {
		_, err := t.ExecContext(ctx, `insert into consumer_topics (consumer_id, topic, position, handed, known)
			values ($1, $2, $3, $4, $5)`, id, topic, at, at, newest)
		if err != nil {
			return err
		}
		if topic == namets.TopicUpcoming && spec.Start == namets.StartNow {
			if err := t.knowUpcoming(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// knowUpcoming records that the consumer does not get the events that are upcoming now.
func (t *tx) knowUpcoming(ctx context.Context, id int64) error {
	_, err := t.ExecContext(ctx, `
		insert into consumer_notices (consumer_id, topic, entity_id, acked, reminded, start, change, leased)
		select k.id, $2, e.id, `+stateSQL(t.dialect)+`, true, e.start_datetime, 'upcoming', false
		from consumers k join events e on e.start_datetime > $3 and e.start_datetime <= $3 + k.before
		join changes c on c.topic = 'events' and c.entity_id = e.id
		where k.id = $1 and e.is_active and e.cancelled_at is null
		on conflict (consumer_id, topic, entity_id) do update set acked = excluded.acked, reminded = true,
			start = excluded.start, handed = null, change = excluded.change, leased = false`,
		id, namets.TopicUpcoming, t.now.UnixMicro())
	return err
}

// DeleteConsumer ends the token's consumer with the name. Errors: NotFound.
func (db *DB) DeleteConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string) error {
	return db.write(ctx, func(t *tx) error {
		c, err := consumerNamed(ctx, t, tokenID, name)
		if err != nil {
			return err
		}
		return t.deleteConsumer(ctx, by, c)
	})
}

func (t *tx) deleteConsumer(ctx context.Context, by namets.Actor, c *consumer) error {
	if _, err := t.ExecContext(ctx, `delete from consumers where id = $1`, c.ID); err != nil {
		return err
	}
	return t.audit(ctx, by, "delete", namets.KindConsumers, c.ID, titleDetail{c.Name})
}

// closeConsumersOf ends the consumers of a token that has ended.
func (t *tx) closeConsumersOf(ctx context.Context, by namets.Actor, tokenID int64) error {
	list, err := consumers(ctx, t, "where token_id = $1 order by id", tokenID)
	if err != nil {
		return err
	}
	for i := range list {
		if err := t.deleteConsumer(ctx, by, &list[i]); err != nil {
			return err
		}
	}
	return nil
}
