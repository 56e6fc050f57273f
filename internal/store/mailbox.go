package store

import (
	"context"
	"database/sql"
	"fmt"

	"namets/internal/namets"
)

// notASCII is the condition that an address holds letters outside ASCII.
const notASCII = "length(%[1]s) <> length(cast(%[1]s as blob))"

// IdentifyMailboxes computes the identity of the addresses to which more than letter case matters.
// It reads the others once and writes none of them. A migration calls it when it has made the
// columns.
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

// identify gives a subscriber its key, or notes that another one has it.
func identify(ctx context.Context, tx *sql.Tx, id int64, key, text string) error {
	_, err := tx.ExecContext(ctx, `
		update subscribers set email_text = nullif($3, ''),
			email_key = case when taken then email_key else $2 end, duplicate_key = case when taken then $2 end
		from (select exists (select 1 from subscribers where email_key = $2 and id <> $1) as taken) where id = $1`,
		id, key, text)
	return err
}

// typedAddress is an address with the id of its row.
type typedAddress struct {
	id    int64
	email string
}

// typedAddresses returns the addresses of the table to which more than letter case matters, by id.
func typedAddresses(ctx context.Context, q selector, table string) (list []typedAddress, err error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("select id, email from "+table+" where "+notASCII+
		" or instr(lower(%[1]s), 'xn--') order by id", "email"))
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
