package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// HeartbeatInterval is how often [DB.RecordHeartbeats] is called.
const HeartbeatInterval = time.Minute

const (
	// watchLost is the time between two calls after which the process must have been suspended.
	watchLost = 3 * HeartbeatInterval
	// watchWritten is how often the time of the watch is written while nobody asks. A crash makes
	// a silence seem shorter by at most this.
	watchWritten = 10 * time.Minute
)

// heartbeat is a row of heartbeats.
type heartbeat struct {
	namets.Heartbeat
	of asker
}

// poller returns what is shown of the heartbeat, with requests that are not recorded yet.
func (h *heartbeat) poller(asked *watch) namets.Poller {
	p := namets.Poller{ConsumerID: h.of.consumer, Path: h.of.path, SeenAt: h.SeenAt, Usual: h.Usual(),
		Late: !h.LateAt.IsZero()}
	if at, ok := asked.last(h.of); ok && at.After(p.SeenAt) {
		p.SeenAt, p.Late = at, false
	}
	return p
}

// heartbeats returns the rows of the query that ends with rest.
func heartbeats(ctx context.Context, q querier, rest string, args ...any) (list []heartbeat, err error) {
	rows, err := q.QueryContext(ctx, `select coalesce(consumer_id, 0), coalesce(path, ''), seen_at, began_at, missed,
		gaps, pauses, active, late_at from heartbeats `+rest, args...)
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var h heartbeat
		var late sql.NullInt64
		err := rows.Scan(&h.of.consumer, &h.of.path, instant{&h.SeenAt}, instant{&h.BeganAt}, period{&h.Missed},
			spans{&h.Gaps}, spans{&h.Pauses}, period{&h.Active}, &late)
		if err != nil {
			return nil, q.wrap(err)
		}
		h.LateAt = timeOf(late)
		list = append(list, h)
	}
	return list, q.wrap(rows.Err())
}

// pollers returns the chosen pollers, without the names of consumers.
func pollers(ctx context.Context, q querier, asked *watch, rest string, args ...any) ([]namets.Poller, error) {
	rows, err := heartbeats(ctx, q, rest, args...)
	if err != nil {
		return nil, err
	}
	list := make([]namets.Poller, len(rows))
	for i := range rows {
		list[i] = rows[i].poller(asked)
	}
	return list, nil
}

// Pollers returns the consumers that have asked, by id, then the paths that were read, by name.
func (db *DB) Pollers(ctx context.Context) (list []namets.Poller, err error) {
	err = db.read(ctx, func(r readTx) error {
		list, err = pollers(ctx, r, &db.asked, "order by path is not null, consumer_id, path")
		for i := range list {
			if err == nil && list[i].Path == "" {
				err = nameConsumer(ctx, r, &list[i])
			}
		}
		return err
	})
	return list, err
}

// nameConsumer sets the name and the token of the consumer.
func nameConsumer(ctx context.Context, q querier, p *namets.Poller) error {
	return q.QueryRowContext(ctx, `select token_id, name from consumers where id = $1`, p.ConsumerID).
		Scan(&p.TokenID, &p.Consumer)
}

// SawPath records that the path, one of the six of the contract, was read. It does not use the
// database.
func (db *DB) SawPath(path string) { db.asked.add(asker{path: path}, namets.Micro(db.now())) }

// RecordHeartbeats stores who has asked since the last call, and queues an alert for each program
// that is late now and was not before. It writes only if there is something to write. Call it when
// the process starts, every [HeartbeatInterval], and with stopping before the process ends: the
// time between two processes counts for nobody's silence.
func (db *DB) RecordHeartbeats(ctx context.Context, stopping bool) error {
	taken, watched := db.asked.take()
	now := namets.Micro(db.now())
	if len(taken) == 0 {
		idle, err := db.nothingToRecord(ctx, watched, now, stopping)
		if err != nil {
			return err
		}
		if idle {
			db.asked.watchedAt(now)
			return nil
		}
	}
	err := db.write(ctx, func(t *tx) error { return t.recordHeartbeats(ctx, taken, watched) })
	if err != nil {
		db.asked.giveBack(taken)
		return err
	}
	db.asked.watchedAt(now)
	return nil
}

// nothingToRecord reports whether nothing has to be written if nobody has asked.
func (db *DB) nothingToRecord(ctx context.Context, watched, now time.Time, stopping bool) (idle bool, err error) {
	err = db.read(ctx, func(r readTx) error {
		list, err := heartbeats(ctx, r, "")
		if err != nil || len(list) == 0 {
			idle = true
			return err
		}
		until, err := watchedUntil(ctx, r)
		if err != nil || stopping || now.Sub(until) >= watchWritten || unwatched(watched, until, now) > 0 {
			return err
		}
		for i := range list {
			if list[i].LateAt.IsZero() && list[i].Late(now) || list[i].SeenAt.After(now) {
				return nil
			}
		}
		idle = true
		return nil
	})
	return idle, err
}

// unwatched returns for how long before now no request could arrive. watched is the time of the
// last call of this process, until that of the last one that was written; zero: there was none.
func unwatched(watched, until, now time.Time) time.Duration {
	switch {
	case !watched.IsZero():
		if d := now.Sub(watched); d > watchLost {
			return d
		}
	case !until.IsZero():
		return max(now.Sub(until), 0) // the clock may have been set back
	}
	return 0
}

// watchedUntil returns when the watch was last written; zero: never.
func watchedUntil(ctx context.Context, q querier) (until time.Time, err error) {
	err = q.QueryRowContext(ctx, `select until from heartbeat_watch`).Scan(instant{&until})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return until, err
}

func (t *tx) recordHeartbeats(ctx context.Context, asked map[asker][]time.Time, watched time.Time) error {
	list, err := heartbeats(ctx, t, "order by path is not null, consumer_id, path")
	if err != nil {
		return err
	}
	until, err := watchedUntil(ctx, t)
	if err != nil {
		return err
	}
	missed, known := unwatched(watched, until, t.now), map[asker]bool{}
	for i := range list {
		h := &list[i]
		known[h.of] = true
		h.Missed += missed
		behind := h.SeenAt.After(t.now) // the clock was set back: its silence begins now
		if behind {
			h.SeenAt, h.BeganAt = t.now, t.now
		}
		if err := t.recordHeartbeat(ctx, h, asked[h.of], missed > 0 || behind); err != nil {
			return err
		}
	}
	for of, times := range asked {
		if known[of] {
			continue
		}
		if err := t.recordHeartbeat(ctx, &heartbeat{of: of}, times, false); err != nil {
			return err
		}
	}
	_, err = t.ExecContext(ctx, `insert into heartbeat_watch (id, until) values (1, $1)
		on conflict (id) do update set until = excluded.until`, t.now.UnixMicro())
	return err
}

// recordHeartbeat adds the requests, and queues the alert if the program has become late.
func (t *tx) recordHeartbeat(ctx context.Context, h *heartbeat, times []time.Time, changed bool) error {
	for _, at := range times {
		h.See(at)
	}
	late := h.LateAt.IsZero() && h.Late(t.now)
	if late {
		h.LateAt = t.now
	}
	if len(times) == 0 && !changed && !late {
		return nil
	}
	if stored, err := t.storeHeartbeat(ctx, h); err != nil || !stored || !late {
		return err
	}
	p := h.poller(new(watch))
	if p.Path == "" {
		if err := nameConsumer(ctx, t, &p); err != nil {
			return err
		}
	}
	return t.queueAlert(ctx, namets.NewSilentAlert(&p, t.zone), p.TokenID)
}

// storeHeartbeat writes the row, and reports whether there is one: not of a consumer that is gone.
func (t *tx) storeHeartbeat(ctx context.Context, h *heartbeat) (bool, error) {
	column, of := "path", any(h.of.path)
	if h.of.consumer != 0 {
		column, of = "consumer_id", h.of.consumer
		var exists bool
		err := t.QueryRowContext(ctx, `select exists (select 1 from consumers where id = $1)`, of).Scan(flag{&exists})
		if err != nil || !exists {
			return false, err
		}
	}
	_, err := t.ExecContext(ctx, `
		insert into heartbeats (`+column+`, seen_at, began_at, missed, gaps, pauses, active, late_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (`+column+`) do update set seen_at = excluded.seen_at, began_at = excluded.began_at,
			missed = excluded.missed, gaps = excluded.gaps, pauses = excluded.pauses, active = excluded.active,
			late_at = excluded.late_at`,
		of, h.SeenAt.UnixMicro(), h.BeganAt.UnixMicro(), h.Missed.Microseconds(), spans{&h.Gaps}, spans{&h.Pauses},
		h.Active.Microseconds(), nullTime(h.LateAt))
	return err == nil, err
}

// spans are durations stored as whole seconds, separated by blanks.
type spans struct{ list *[]time.Duration }

func (v spans) Value() (driver.Value, error) {
	var b strings.Builder
	for i, d := range *v.list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10))
	}
	return b.String(), nil
}

func (v spans) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("durations are stored as text, not as %T", src)
	}
	*v.list = nil
	for word := range strings.FieldsSeq(text) {
		n, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return fmt.Errorf("a duration is stored as a number of seconds: %w", err)
		}
		*v.list = append(*v.list, time.Duration(n)*time.Second)
	}
	return nil
}
