package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"namets/internal/namets"
)

// SubscriberList returns at most limit subscribers that match f, starting at offset. It reads one
// index once, and the rows that it returns. A search or filter finds at most [namets.MaxFound].
func (db *DB) SubscriberList(ctx context.Context, f namets.SubscriberFilter, s namets.SubscriberSort, offset,
	limit int) (list namets.SubscriberList, err error) {
	where, args := db.subscriberConditions(f)
	index, order := sortedBy(s)
	if len(args) > 0 {
		return db.foundSubscribers(ctx, index, where, order, args, offset, limit)
	}
	query := fmt.Sprintf("where id in (select id from subscribers%s order by %s limit %d offset %d) "+
		"order by %s", db.dialect.IndexedBy(index), order, limit, offset, order)
	if list.Rows, err = subscribers().all(ctx, db.reader, query); err != nil {
		return list, err
	}
	err = db.reader.QueryRowContext(ctx, "select coalesce(sum(n), 0) from subscriber_counts").Scan(&list.Total)
	return list, db.wrap(err)
}

// foundSubscribers is SubscriberList for a search or a filter. It counts the matches in the same
// pass, up to namets.MaxFound, because each one costs a row lookup.
func (db *DB) foundSubscribers(ctx context.Context, index, where, order string, args []any, offset,
	limit int) (list namets.SubscriberList, err error) {
	var ids string
	err = db.reader.QueryRowContext(ctx, fmt.Sprintf(`
		with found as materialized (select id from subscribers%s where %s order by %s limit %d)
		select (select count(*) from found), (select %s from (select id from found limit %d offset %d) page)`,
		db.dialect.IndexedBy(index), where, order, namets.MaxFound, db.dialect.Array("id"), limit, offset), args...).
		Scan(&list.Total, &ids)
	if err != nil {
		return list, db.wrap(err)
	}
	list.Rows, err = subscribers().all(ctx, db.reader, "where id in ("+numbersOf(db.dialect)+") order by "+
		order, ids)
	return list, err
}

// SubscriberIDs returns the ids of at most limit subscribers that match f, in ascending order.
func (db *DB) SubscriberIDs(ctx context.Context, f namets.SubscriberFilter, limit int) ([]int64, error) {
	where, args := db.subscriberConditions(f)
	rows, err := db.reader.QueryContext(ctx, fmt.Sprintf("select id from subscribers where %s order by id limit %d",
		where, limit), args...)
	if err != nil {
		return nil, db.wrap(err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, db.wrap(err)
		}
		ids = append(ids, id)
	}
	return ids, db.wrap(rows.Err())
}

// SubscribersWith returns the subscribers with the ids, in ascending order. Unknown ids are left
// out.
func (db *DB) SubscribersWith(ctx context.Context, ids []int64) ([]namets.Subscriber, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return subscribers().all(ctx, db.reader, "where id in ("+numbersOf(db.dialect)+") order by id",
		string(list))
}

// EachSubscriber calls yield for every subscriber that matches f, by id, in one read transaction.
// The pointer is reused between calls. It stops at the first error and returns it.
func (db *DB) EachSubscriber(ctx context.Context, f namets.SubscriberFilter,
	yield func(*namets.Subscriber) error) error {
	where, args := db.subscriberConditions(f)
	return subscribers().each(ctx, db.reader, "where "+where+" order by id", yield, args...)
}

// sortedBy returns the index with the order of s, and the order.
func sortedBy(s namets.SubscriberSort) (index, order string) {
	direction := ""
	if s.Descending {
		direction = " desc"
	}
	if s.ByEmail {
		return "subscribers_by_email", "email_key" + direction
	}
	return "subscribers_by_time", "subscribed_at" + direction + ", id" + direction
}

// subscriberConditions returns the where clause of a filter.
func (db *DB) subscriberConditions(f namets.SubscriberFilter) (where string, args []any) {
	var conditions []string
	if f.Search != "" {
		args = append(args, namets.SearchKey(f.Search))
		d := db.dialect
		condition := d.Contains("email_key", "$1") + " or " + d.Contains("email_text", "$1")
		if strings.Trim(f.Search, "+0123456789 ()/-") == "" {
			condition += " or " + d.Contains("phone", "$1")
		}
		conditions = append(conditions, "("+condition+")")
	}
	flag := func(column string, want *bool) {
		if want != nil {
			args = append(args, *want)
			conditions = append(conditions, fmt.Sprintf("%s = $%d", column, len(args)))
		}
	}
	flag("is_active", f.Active)
	flag("is_verified", f.Verified)
	flag("notify_announcements", f.Announcements)
	flag("notify_events", f.Events)
	flag("notify_prayer_changes", f.PrayerChanges)
	if len(conditions) == 0 {
		return "true", nil
	}
	return strings.Join(conditions, " and "), args
}
