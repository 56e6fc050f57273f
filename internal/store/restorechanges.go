package store

import (
	"context"

	"namets/internal/namets"
)

// renumber lets the numbers of changes continue above all that the replaced database has given. If
// that cannot be read they continue at the number of milliseconds since 1970, which no database has
// given before.
func (r *restorer) renumber(ctx context.Context) error {
	numbers := []string{"n", "$1"}
	if r.has("change_number.n") {
		numbers = append(numbers, "coalesce((select o.n from old.change_number o), 0)")
	}
	_, err := r.exec(ctx, "update main.change_number set n = "+r.dialect.Greatest(numbers...), r.now.UnixMilli())
	return err
}

// carryConsumers takes the consumers of the replaced database, with what is known of how often
// workflows ask: they belong to workflows, which the restore does not change. What they got once
// must not come again. Those of a token that the backup does not have are gone with it: another one
// may have its id there.
func (r *restorer) carryConsumers(ctx context.Context) error {
	if !r.has("consumers.id", "consumer_topics.topic", "consumer_notices.topic") {
		return nil
	}
	if _, err := r.exec(ctx, "delete from main.consumers"); err != nil {
		return err
	}
	type copied struct{ table, where string }
	const known = "consumer_id in (select id from main.consumers)"
	list := []copied{{"consumers", r.ofSameToken()}, {"consumer_topics", known}, {"consumer_notices", known}}
	if r.has("heartbeats.gaps", "heartbeat_watch.until") {
		if _, err := r.exec(ctx, "delete from main.heartbeats"); err != nil {
			return err
		}
		if _, err := r.exec(ctx, "delete from main.heartbeat_watch"); err != nil {
			return err
		}
		list = append(list, copied{"heartbeats", "path is not null or " + known}, copied{"heartbeat_watch", "true"})
	}
	for _, c := range list {
		columns := r.common(c.table)
		if _, err := r.exec(ctx, "insert into main."+c.table+" ("+columns+") select "+columns+" from old."+c.table+
			" where "+c.where); err != nil {
			return err
		}
	}
	return nil
}

// restartConsumers ends all leases, and lets every consumer copy the rows again. If it is unknown
// what consumers got since the backup, they do not get what happened before now.
func (r *restorer) restartConsumers(ctx context.Context) error {
	if err := r.passTime(ctx); err != nil {
		return err
	}
	if _, err := r.exec(ctx, `delete from main.consumers where token_id <> 0 and token_id not in (
		select id from main.api_tokens where ended_at is null)`); err != nil {
		return err
	}
	if _, err := r.exec(ctx, `update main.consumers set lease = '', leased_until = null, ended_lease = '',
		ended_by = ''`); err != nil {
		return err
	}
	if _, err := r.exec(ctx, `update main.consumer_notices set leased = false`); err != nil {
		return err
	}
	if _, err := r.exec(ctx, `update main.consumer_topics set position = 0, handed = 0, resync = 1,
		known = (select n from main.change_number) where topic not in ($1, $2)`, namets.TopicPublished,
		namets.TopicUpcoming); err != nil {
		return err
	}
	if r.report.Compared == namets.LaterState || r.report.Compared == namets.OtherBranch {
		return nil
	}
	if _, err := r.exec(ctx, `update main.consumer_topics set position = (select n from main.change_number),
		handed = (select n from main.change_number) where topic = $1`, namets.TopicPublished); err != nil {
		return err
	}
	ids, err := r.ids(ctx, `select consumer_id from main.consumer_topics where topic = $1`, namets.TopicUpcoming)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := r.knowUpcoming(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
