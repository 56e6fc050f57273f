package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"namets/internal/namets"
)

// listed returns the end of a query that reads whole rows only for the requested page.
func listed(table, where, order string, offset, limit int) string {
	return fmt.Sprintf("where id in (select id from %s where %s order by %s limit %d offset %d) order by %s", table,
		where, order, limit, offset, order)
}

// contentConditions returns the where clause of a filter, for a table with these columns; cancelled
// is the condition that a row is cancelled.
func (db *DB) contentConditions(f namets.ContentFilter, begin, end, category,
	cancelled string) (where string, args []any) {
	conditions := []string{"true"}
	if f.Stage == namets.Expired || f.Stage == namets.Scheduled || f.Stage == namets.Published {
		args = append(args, db.now().UnixMicro()) // $1
	}
	switch f.Stage {
	case namets.Cancelled:
		conditions = append(conditions, cancelled)
	case namets.Draft, namets.Expired, namets.Scheduled, namets.Published:
		conditions = append(conditions, "not "+cancelled)
	}
	switch f.Stage {
	case namets.Draft:
		conditions = append(conditions, "not is_active")
	case namets.Expired:
		conditions = append(conditions, "is_active", end+" <= $1")
	case namets.Scheduled:
		conditions = append(conditions, "is_active", begin+" > $1", "("+end+" is null or "+end+" > $1)")
	case namets.Published:
		conditions = append(conditions, "is_active", begin+" <= $1", "("+end+" is null or "+end+" > $1)")
	}
	if f.Category != "" {
		args = append(args, f.Category)
		conditions = append(conditions, fmt.Sprintf("%s = $%d", category, len(args)))
	}
	if f.Search != "" {
		args = append(args, "%"+likeEscaper().Replace(f.Search)+"%")
		pattern := fmt.Sprintf("$%d", len(args))
		conditions = append(conditions,
			"("+db.dialect.Like("title", pattern)+" or "+db.dialect.Like("slug", pattern)+")")
	}
	return strings.Join(conditions, " and "), args
}

// likeEscaper escapes what has a meaning in a pattern.
func likeEscaper() *strings.Replacer { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`) }

func (db *DB) announcedAt(ctx context.Context, table string, id int64) (at *time.Time, err error) {
	err = db.reader.QueryRowContext(ctx, "select announced_at from "+table+" where id = $1",
		id).Scan(optionalInstant{&at})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, &namets.Error{Code: namets.NotFound, Message: "there is no such row"}
	}
	return at, db.wrap(err)
}

// countAsAnnounced records that the row of the table was announced, unless it was before.
func (t *tx) countAsAnnounced(ctx context.Context, table namets.Kind, id int64) error {
	_, err := t.ExecContext(ctx, "update "+string(table)+" set announced_at = coalesce(announced_at, $2) where id = $1",
		id, t.now.UnixMicro())
	return err
}
