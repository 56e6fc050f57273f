package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"namets/internal/namets"
)

// IdentifyMailboxes computes the mailbox of the addresses in which more than letter case matters.
// It reads the other addresses once and writes none of them. A migration calls it after creating
// the columns.
func IdentifyMailboxes(ctx context.Context, tx *sql.Tx) error {
	odd, err := typedAddresses(ctx, tx, "subscribers")
	if err != nil {
		return err
	}
	for _, a := range odd {
		key := namets.EmailKey(a.email)
		if err := identify(ctx, tx, a.id, key, searchText(a.email)); err != nil {
			return fmt.Errorf("identify the mailbox of subscriber %d: %w", a.id, err)
		}
	}
	asked, err := typedAddresses(ctx, tx, "confirmations")
	if err != nil {
		return err
	}
	for _, a := range asked {
		if _, err := tx.ExecContext(ctx, `update confirmations set email_key = $2 where id = $1`, a.id,
			namets.EmailKey(a.email)); err != nil {
			return fmt.Errorf("identify the mailbox of confirmation %d: %w", a.id, err)
		}
	}
	return nil
}

// identify sets a subscriber's mailbox key, or marks the row as a duplicate if another one has the
// key.
func identify(ctx context.Context, tx *sql.Tx, id int64, key, text string) error {
	_, err := tx.ExecContext(ctx, `
		update subscribers set email_text = nullif($3, ''),
			email_key = case when taken then email_key else $2 end, duplicate_key = case when taken then $2 end
		from (select exists (select 1 from subscribers where email_key = $2 and id <> $1) as taken) other
		where id = $1`,
		id, key, text)
	return err
}

// typedAddress is an address with the id of its row.
type typedAddress struct {
	id    int64
	email string
}

// typedAddresses returns the addresses of the table in which more than letter case matters, by id.
func typedAddresses(ctx context.Context, q selector, table string) (list []typedAddress, err error) {
	rows, err := q.QueryContext(ctx, "select id, email from "+table+` where length(email) <> octet_length(email)
		or lower(email) like '%xn--%' order by id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a typedAddress
		if err := rows.Scan(&a.id, &a.email); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// searchText is the value of the column email_text: the address as people search for it, empty if
// that equals its key.
func searchText(email string) string {
	text := namets.EmailText(email)
	if text == namets.EmailKey(email) {
		return ""
	}
	return text
}

// settleDuplicates assigns a mailbox that no row has any more to the first of its duplicates. It
// runs before the commit of every transaction that changes subscribers.
func (t *tx) settleDuplicates(ctx context.Context) error {
	_, err := t.ExecContext(ctx, `
		update subscribers set email_key = duplicate_key, duplicate_key = null where id in (
			select min(id) from subscribers d`+t.dialect.IndexedBy("subscribers_duplicates")+`
			where duplicate_key is not null and not exists (select 1 from subscribers h
				where h.email_key = d.duplicate_key)
			group by duplicate_key)`)
	if err != nil {
		return fmt.Errorf("settle duplicates: %w", err)
	}
	return nil
}

// withMailbox selects the rows whose address is the mailbox with the key $1.
const withMailbox = "where email_key = $1 or duplicate_key = $1"

// Duplicates returns the ids of subscribers that have the same mailbox in different spellings, one
// group per mailbox, ordered by the first id of each.
func (db *DB) Duplicates(ctx context.Context) ([][]int64, error) {
	rows, err := db.reader.QueryContext(ctx, `
		select s.id, k.duplicate_key from
			(select distinct duplicate_key from subscribers`+db.dialect.IndexedBy("subscribers_duplicates")+`
				where duplicate_key is not null) k
			join subscribers s on s.email_key = k.duplicate_key or s.duplicate_key = k.duplicate_key
		order by s.id`)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	byKey := map[string][]int64{}
	for rows.Next() {
		var id int64
		var key string
		if err := rows.Scan(&id, &key); err != nil {
			return nil, db.wrap(err)
		}
		byKey[key] = append(byKey[key], id)
	}
	return sharing(byKey), db.wrap(rows.Err())
}

// sharing returns the groups of more than one id, ordered by their first ids.
func sharing(byKey map[string][]int64) (groups [][]int64) {
	for _, ids := range byKey {
		if len(ids) > 1 {
			groups = append(groups, ids)
		}
	}
	slices.SortFunc(groups, func(a, b []int64) int { return cmp.Compare(a[0], b[0]) })
	return groups
}

// ComputeDuplicates is [DB.Duplicates] for a database of any version: it computes the mailboxes
// again, because their columns may be missing.
func (db *DB) ComputeDuplicates(ctx context.Context) ([][]int64, error) {
	odd, err := typedAddresses(ctx, db.reader, "subscribers")
	if err != nil {
		return nil, db.wrap(err)
	}
	byKey := map[string][]int64{}
	for _, a := range odd {
		key := namets.EmailKey(a.email)
		byKey[key] = append(byKey[key], a.id)
	}
	return sharing(byKey), nil
}

// SameMailbox returns the other subscribers that have the same mailbox as the one with the id.
func (db *DB) SameMailbox(ctx context.Context, id int64) ([]namets.Subscriber, error) {
	s, _, err := subscribers().row(ctx, db.reader, id)
	if err != nil {
		return nil, err
	}
	list, err := subscribers().all(ctx, db.reader, withMailbox+" order by id", namets.EmailKey(s.Email))
	return slices.DeleteFunc(list, func(other namets.Subscriber) bool { return other.ID == id }), err
}

// MergeSubscribers merges two subscribers of the same mailbox. The subscriber with the id keep
// keeps its address in its spelling, state, preferences and personal link, and gets what it lacks
// from the other (see [namets.Subscriber.Merge]). The other is removed. No webhook is queued,
// because nobody has joined or left. A revision other than 0 must match the stored one. Errors:
// NotFound; Conflict for another revision; Invalid if the two do not have the same mailbox.
func (db *DB) MergeSubscribers(ctx context.Context, by namets.Actor, keep, keepRevision, drop,
	dropRevision int64) error {
	return db.write(ctx, func(t *tx) error {
		survivor, err := t.atRevision(ctx, keep, keepRevision)
		if err != nil {
			return err
		}
		other, err := t.atRevision(ctx, drop, dropRevision)
		if err != nil {
			return err
		}
		if keep == drop || namets.EmailKey(survivor.Email) != namets.EmailKey(other.Email) {
			return &namets.Error{Code: namets.Invalid, Message: "the two subscribers do not have the same mailbox"}
		}
		return t.merge(ctx, by, &survivor, &other)
	})
}

// atRevision returns the subscriber with the id if it has the revision. Errors: NotFound, Conflict.
func (t *tx) atRevision(ctx context.Context, id, revision int64) (namets.Subscriber, error) {
	s, stored, err := subscribers().row(ctx, t, id)
	if err == nil && revision != 0 && revision != stored {
		err = subscribers().changedMeanwhile()
	}
	return s, err
}

func (t *tx) merge(ctx context.Context, by namets.Actor, survivor, other *namets.Subscriber) error {
	// The consent moves to the remaining subscriber; otherwise it would be deleted with the other
	// row.
	_, err := t.ExecContext(ctx, `
		update consents set subscriber_id = $1 where subscriber_id = $2
			and not exists (select 1 from consents where subscriber_id = $1)`,
		survivor.ID, other.ID)
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `update bounces set subscriber_id = $1 where subscriber_id = $2`, survivor.ID,
		other.ID); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `
		update subscribers set joined_at = coalesce(joined_at, (select joined_at from subscribers where id = $2))
			where id = $1`,
		survivor.ID, other.ID)
	if err != nil {
		return err
	}
	if _, err := subscribers().delete(ctx, t, by, other.ID); err != nil {
		return err
	}
	if err := t.forgetAbout(ctx, subject{namets.KindSubscribers, other.ID}); err != nil {
		return err
	}
	if _, _, err := subscribers().update(ctx, t, by, survivor.ID, 0, func(s *namets.Subscriber) {
		s.Merge(other)
	}); err != nil {
		return err
	}
	return t.audit(ctx, by, "merge", namets.KindSubscribers, survivor.ID, struct {
		Merged int64 `json:"merged"`
	}{other.ID})
}
