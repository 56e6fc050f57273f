package store

import (
	"context"
	"slices"
)

// suppress notes that the address has left.
func (t *tx) suppress(ctx context.Context, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `insert into suppressed (address_hash, since) values ($1, $2) on conflict do nothing`,
		key.address(email), t.now.UnixMicro())
	return err
}

// suppressed reports whether the address has left.
func (t *tx) suppressed(ctx context.Context, email string) (is bool, err error) {
	key, err := t.key(ctx)
	if err != nil {
		return false, err
	}
	for _, hash := range key.addresses(email) {
		err = t.QueryRowContext(ctx, `select exists (select 1 from suppressed where address_hash = $1)`, hash).Scan(&is)
		if is || err != nil {
			break
		}
	}
	return is, err
}

// unsuppress forgets that the address has left.
func (t *tx) unsuppress(ctx context.Context, email string) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	for _, hash := range key.addresses(email) {
		if _, err := t.ExecContext(ctx, `delete from suppressed where address_hash = $1`, hash); err != nil {
			return err
		}
	}
	return nil
}

// leavers are the addresses that have left, as an import meets them.
type leavers struct {
	key    keyed
	hashes map[string]bool // empty: nobody has left, and there may be no key
}

func (l *leavers) read(ctx context.Context, t *tx) error {
	l.hashes = map[string]bool{}
	rows, err := t.QueryContext(ctx, `select address_hash from suppressed`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return err
		}
		l.hashes[hash] = true
	}
	if err := rows.Err(); err != nil || len(l.hashes) == 0 {
		return err
	}
	var key []byte // there is one: it has made the hashes
	err = t.QueryRowContext(ctx, `select key from instance`).Scan(&key)
	l.key = key
	return err
}

// hasLeft counts the address when it has left, and reports whether the import leaves it out.
func (im *importer) hasLeft(ctx context.Context, email string) (bool, error) {
	known := func(hash []byte) bool { return im.left.hashes[string(hash)] }
	if len(im.left.hashes) == 0 || !slices.ContainsFunc(im.left.key.addresses(email), known) {
		return false, nil
	}
	im.report.Suppressed++
	if !im.opts.IgnoreSuppressed {
		return true, nil
	}
	return false, im.unsuppress(ctx, email)
}
