package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"namets/internal/namets"
)

// searchText is what the column email_text holds: the address as people search for it, and nothing
// when that is its key.
func searchText(email string) string {
	text := namets.EmailText(email)
	if text == namets.EmailKey(email) {
		return ""
	}
	return text
}

// settleDuplicates gives a mailbox that no row has any more to the first of its duplicates. It
// runs before the commit of every transaction that changes subscribers.
func (t *tx) settleDuplicates(ctx context.Context) error {
	_, err := t.ExecContext(ctx, `
		update subscribers set email_key = duplicate_key, duplicate_key = null where id in (
			select min(id) from subscribers d indexed by subscribers_duplicates
			where duplicate_key is not null and not exists (select 1 from subscribers h
				where h.email_key = d.duplicate_key)
			group by duplicate_key)`)
	if err != nil {
		return fmt.Errorf("settle duplicates: %w", err)
	}
	return nil
}

// withMailbox chooses the rows whose address is the mailbox with the key $1.
const withMailbox = "where email_key = $1 or duplicate_key = $1"

// Duplicates returns the ids of the subscribers that name one mailbox in different spellings, a
// group for each mailbox, ordered by its first id.
func (db *DB) Duplicates(ctx context.Context) ([][]int64, error) {
	rows, err := db.reader.QueryContext(ctx, `
		select s.id, k.duplicate_key from
			(select distinct duplicate_key from subscribers indexed by subscribers_duplicates
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

// ComputeDuplicates is [DB.Duplicates] for a database of any version: it computes the identities
// again, because the columns that hold them may be missing.
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

// SameMailbox returns the other subscribers whose address is the same mailbox as that of the one
// with the id.
func (db *DB) SameMailbox(ctx context.Context, id int64) ([]namets.Subscriber, error) {
	s, _, err := subscribers().row(ctx, db.reader, id)
	if err != nil {
		return nil, err
	}
	list, err := subscribers().all(ctx, db.reader, withMailbox+" order by id", namets.EmailKey(s.Email))
	return slices.DeleteFunc(list, func(other namets.Subscriber) bool { return other.ID == id }), err
}
