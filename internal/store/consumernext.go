package store

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// missedSQL reports whether deletions in a topic k of a consumer are forgotten that it has not got.
func missedSQL(d Dialect, k string) string {
	return `exists (select 1 from changes_pruned p where p.topic = ` + k + `.topic
		and p.seq > ` + d.Greatest(k+".position", k+".known") + `)`
}

// askSQL returns a row for each topic of the token $1's consumer with the name $2: whether
// something waits there at the time $3, and whether time has changed rows.
func askSQL(d Dialect) string {
	return `
		select k.id, coalesce(k.leased_until, 0) > $3 and k.lease <> '', t.topic,
			t.resync > 0 or ` + missedSQL(d, "t") + ` or case t.topic
				when 'announcements.published' then exists (select 1` + publishedSQL("t.position", "$3", "k.id") + `)
				when 'events.upcoming' then exists (select 1` + toldSQL("k.id", "$3") + `)
					or exists (select 1` + soonSQL(d, "k.id", "$3", "k.before") + `)
				else exists (select 1` + numberedSQL("t.topic", "t.position") + `) end,
			exists (select 1 from changes where due_at <= $3)
		from consumers k join consumer_topics t on t.consumer_id = k.id where k.token_id = $1 and k.name = $2`
}

// inquiry is what a consumer that asks would get.
type inquiry struct {
	id     int64
	topics []namets.Topic
	leased bool // another run works
	waits  bool // there may be something
}

// ask reads, in one statement, whether anything waits for a consumer. Errors: NotFound.
func (db *DB) ask(ctx context.Context, tokenID int64, name string, now time.Time) (a inquiry, err error) {
	stmt, err := db.asking.on(ctx, db.reader, askSQL)
	if err != nil {
		return a, db.wrap(err)
	}
	rows, err := stmt.QueryContext(ctx, tokenID, name, now.UnixMicro())
	if err != nil {
		return a, db.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var topic namets.Topic
		var waits, due bool
		if err := rows.Scan(&a.id, flag{&a.leased}, &topic, flag{&waits}, flag{&due}); err != nil {
			return a, db.wrap(err)
		}
		a.topics = append(a.topics, topic)
		a.waits = a.waits || waits || due
	}
	if err := rows.Err(); err != nil {
		return a, db.wrap(err)
	}
	if len(a.topics) == 0 {
		return a, noConsumer()
	}
	return a, nil
}

// NextChanges hands at most limit items out to the token's consumer with the name, under a new
// lease. There are none, and nothing is written, if nothing waits or another run has the lease.
// Errors: NotFound, and that of admit, which gets the consumer's topics.
func (db *DB) NextChanges(ctx context.Context, tokenID int64, name string, limit int,
	admit func([]namets.Topic) error) (namets.Handout, error) {
	now := namets.Micro(db.now())
	a, err := db.ask(ctx, tokenID, name, now)
	if err == nil {
		err = admit(a.topics)
	}
	if err != nil {
		return namets.Handout{}, err
	}
	db.asked.add(asker{consumer: a.id}, now)
	if a.leased || !a.waits {
		return namets.Handout{}, nil
	}
	var out namets.Handout
	err = db.write(ctx, func(t *tx) error {
		c, err := consumerNamed(ctx, t, tokenID, name)
		if err == nil {
			err = admit(c.Topics)
		}
		if err != nil || c.leased(t.now) {
			return err
		}
		if err := t.passTime(ctx); err != nil {
			return err
		}
		if err := t.startAgain(ctx, c); err != nil {
			return err
		}
		list, err := c.items(ctx, t, t.now, limit)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := fill(ctx, t, list); err != nil {
			return err
		}
		out.Lease, err = t.lend(ctx, c, list)
		for i := range list {
			out.Items = append(out.Items, list[i].ConsumerItem)
		}
		return err
	})
	if err != nil {
		return namets.Handout{}, err
	}
	return out, nil
}

// startAgain lets the consumer copy the topics again of which it has missed deletions.
func (t *tx) startAgain(ctx context.Context, c *consumer) error {
	again, err := t.changes(ctx, `update consumer_topics set position = 0, handed = 0, resync = 1,
		known = (select n from change_number)
		where consumer_id = $1 and `+missedSQL(t.dialect, "consumer_topics"), c.ID)
	if err != nil || !again {
		return err
	}
	c.positions, c.Topics = nil, nil
	return c.readPositions(ctx, t)
}

// lend puts the items under a new lease and returns it. The lease begins with the consumer's id.
func (t *tx) lend(ctx context.Context, c *consumer, list []item) (lease string, err error) {
	lease = strconv.FormatInt(c.ID, 10) + "." + rand.Text()
	var to int64
	for i := range list {
		if list[i].Topic != namets.TopicUpcoming {
			to = max(to, list[i].Seq)
		}
	}
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{`update consumers set lease = $2, leased_until = $3, leased_to = $4, ended_lease = '', ended_by = ''
			where id = $1`, []any{c.ID, lease, t.now.Add(c.Lease).UnixMicro(), to}},
		{`update consumer_topics set handed = ` + t.dialect.Greatest("handed", "$2") + `,
			resync = case when resync = 3 then 2 else resync end where consumer_id = $1`, []any{c.ID, to}},
		{`update consumer_notices set leased = false where consumer_id = $1 and leased`, []any{c.ID}},
	} {
		if _, err := t.ExecContext(ctx, statement.query, statement.args...); err != nil {
			return "", err
		}
	}
	for i := range list {
		if err := t.lendItem(ctx, c.ID, &list[i]); err != nil {
			return "", err
		}
	}
	return lease, nil
}

// lendItem records an item that an acknowledgement of the position does not cover.
func (t *tx) lendItem(ctx context.Context, id int64, i *item) (err error) {
	if i.Change == namets.ItemResync {
		_, err = t.ExecContext(ctx, `update consumer_topics set resync = 3 where consumer_id = $1 and topic = $2`, id,
			i.Topic)
	} else if i.number > 0 {
		_, err = t.ExecContext(ctx, `
			insert into consumer_notices (consumer_id, topic, entity_id, handed, change, start, leased)
			values ($1, $2, $3, $4, $5, $6, true)
			on conflict (consumer_id, topic, entity_id) do update set handed = excluded.handed,
				change = excluded.change, start = excluded.start, leased = true`,
			id, i.Topic, i.ID, i.number, i.Change, i.start)
	}
	return err
}

// AckChanges records that the consumer is done with what it got under the lease, and returns how
// many items wait for it. An acknowledgement that comes late or twice counts, unless the items were
// handed out again. Errors: NotFound; Invalid with Field lease for a lease of another consumer;
// Conflict for one that has ended.
func (db *DB) AckChanges(ctx context.Context, tokenID int64, name, lease string) (remaining int64, err error) {
	return db.endLease(ctx, tokenID, name, lease, "ack", (*tx).acknowledge)
}

// ReleaseChanges gives back what the consumer got under the lease: the next call gets it again.
// Results and errors are those of AckChanges.
func (db *DB) ReleaseChanges(ctx context.Context, tokenID int64, name, lease string) (remaining int64, err error) {
	return db.endLease(ctx, tokenID, name, lease, "release", nil)
}

func (db *DB) endLease(ctx context.Context, tokenID int64, name, lease, how string,
	apply func(*tx, context.Context, *consumer) error) (remaining int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		c, err := consumerNamed(ctx, t, tokenID, name)
		if err != nil {
			return err
		}
		switch {
		case lease != "" && lease == c.lease:
			err = t.finish(ctx, c, how, apply)
		case lease == "" || lease != c.ended || how != c.endedBy:
			err = c.noLease(lease)
		}
		if err != nil {
			return err
		}
		remaining, err = t.lagOf(ctx, tokenID, name)
		return err
	})
	return remaining, err
}

// lagOf returns how many items wait for the token's consumer with the name, as it is now.
func (t *tx) lagOf(ctx context.Context, tokenID int64, name string) (int64, error) {
	c, err := consumerNamed(ctx, t, tokenID, name)
	if err != nil {
		return 0, err
	}
	return c.lag(ctx, t, t.now)
}

// noLease is the error for a lease that is not the consumer's current one.
func (c *consumer) noLease(lease string) error {
	id, _, found := strings.Cut(lease, ".")
	if !found || id != strconv.FormatInt(c.ID, 10) {
		return &namets.Error{Code: namets.Invalid, Field: "lease", Message: "is not a lease of this consumer"}
	}
	return &namets.Error{Code: namets.Conflict, Field: "lease", Message: "has ended: its items were acknowledged, " +
		"released, or handed out again"}
}

// finish ends the consumer's lease.
func (t *tx) finish(ctx context.Context, c *consumer, how string,
	apply func(*tx, context.Context, *consumer) error) error {
	if apply != nil {
		if err := apply(t, ctx, c); err != nil {
			return err
		}
	}
	_, err := t.ExecContext(ctx, `update consumers set lease = '', leased_until = null, ended_lease = lease,
		ended_by = $2 where id = $1`, c.ID, how)
	return err
}

// acknowledge moves the consumer's positions on to the end of its lease.
func (t *tx) acknowledge(ctx context.Context, c *consumer) error {
	now := t.now.UnixMicro()
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{`update consumer_topics set position = ` + t.dialect.Greatest("position", "(select k.leased_to "+
			"from consumers k where k.id = consumer_id)") + `,
			resync = case when resync = 3 then 0 else resync end where consumer_id = $1`, []any{c.ID}},
		{`delete from consumer_notices where consumer_id = $1 and leased and change in ('cancelled', 'deleted')`,
			[]any{c.ID}},
		{`update consumer_notices set acked = handed, handed = null, leased = false,
			reminded = change = 'upcoming' or change in ('moved', 'updated') and start <= $2
			where consumer_id = $1 and leased`,
			[]any{c.ID, now + c.Before.Microseconds()}},
		{`update consumers set acked_at = $2 where id = $1`, []any{c.ID, now}},
	} {
		if _, err := t.ExecContext(ctx, statement.query, statement.args...); err != nil {
			return err
		}
	}
	return nil
}

// RewindConsumer lets the token's consumer with the name begin again at an earlier change, or skip
// to a later one. What it works on counts as not acknowledged. It returns how many items wait.
// Errors: NotFound; Invalid with Field to for a number that no change has yet, and for a time that
// is yet to come.
func (db *DB) RewindConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string,
	to namets.Rewinding) (remaining int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		c, err := consumerNamed(ctx, t, tokenID, name)
		if err != nil {
			return err
		}
		if err := t.passTime(ctx); err != nil {
			return err
		}
		at, err := t.positionAt(ctx, to)
		if err != nil {
			return err
		}
		if err := t.rewind(ctx, c, at); err != nil {
			return err
		}
		if err := t.audit(ctx, by, "rewind", namets.KindConsumers, c.ID, nil); err != nil {
			return err
		}
		remaining, err = t.lagOf(ctx, tokenID, name)
		return err
	})
	return remaining, err
}

// positionAt returns the number after which a rewound consumer begins.
func (t *tx) positionAt(ctx context.Context, to namets.Rewinding) (at int64, err error) {
	var newest int64
	if err := t.QueryRowContext(ctx, `select n from change_number`).Scan(&newest); err != nil {
		return 0, err
	}
	if to.At.IsZero() {
		if to.Seq > newest {
			err = &namets.Error{Code: namets.Invalid, Field: "to",
				Message: "is higher than the number of the newest change"}
		}
		return max(to.Seq-1, 0), err
	}
	if to.At.After(t.now) {
		return 0, &namets.Error{Code: namets.Invalid, Field: "to", Message: "is in the future"}
	}
	err = t.QueryRowContext(ctx, `select coalesce((select min(seq) - 1 from changes where at >= $1), $2)`,
		to.At.UnixMicro(), newest).Scan(&at)
	return at, err
}

// rewind sets the positions of the consumer, and forgets what it got since.
func (t *tx) rewind(ctx context.Context, c *consumer, at int64) error {
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{`update consumers set lease = '', leased_until = null, ended_lease = '', ended_by = '' where id = $1`,
			[]any{c.ID}},
		{`update consumer_topics set known = ` + t.dialect.Greatest("known", "position") + `, position = $2,
			handed = $2, resync = 0 where consumer_id = $1`, []any{c.ID, at}},
		{`delete from consumer_notices where consumer_id = $1 and (topic = 'events.upcoming' or acked is null
			or acked > $2)`, []any{c.ID, at}},
	} {
		if _, err := t.ExecContext(ctx, statement.query, statement.args...); err != nil {
			return err
		}
	}
	return nil
}
