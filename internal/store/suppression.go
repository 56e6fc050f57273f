package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// suppress records that the address gets no e-mail. A final reason is not replaced by another one.
func (t *tx) suppress(ctx context.Context, email string, s namets.Suppression) error {
	key, err := t.key(ctx)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `
		insert into suppressed (address_hash, since, reason) values ($1, $2, $3)
		on conflict (address_hash) do update set since = excluded.since,
			reason = case suppressed.reason when 'left' then excluded.reason else suppressed.reason end`,
		key.address(email), s.Since.UnixMicro(), s.Reason)
	return err
}

// suppressed returns why the address gets no e-mail, and false if it may get some.
func (t *tx) suppressed(ctx context.Context, email string) (s namets.Suppression, is bool, err error) {
	key, err := t.key(ctx)
	if err != nil {
		return s, false, err
	}
	for _, hash := range key.addresses(email) {
		err = t.QueryRowContext(ctx, `select reason, since from suppressed where address_hash = $1`, hash).
			Scan(&s.Reason, instant{&s.Since})
		if !errors.Is(err, sql.ErrNoRows) {
			return s, err == nil, err
		}
	}
	return s, false, nil
}

// silenced reports whether the address is suppressed for a final reason.
func (t *tx) silenced(ctx context.Context, email string) (bool, error) {
	s, is, err := t.suppressed(ctx, email)
	return is && s.Reason.Final(), err
}

// refuseSilenced returns a Conflict for an address that is suppressed for a final reason.
func (t *tx) refuseSilenced(ctx context.Context, email string) error {
	s, is, err := t.suppressed(ctx, email)
	if err == nil && is && s.Reason.Final() {
		err = s.Reason.Silenced()
	}
	return err
}

// unsuppress deletes the record that the address gets no e-mail.
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

// suppressions are the addresses that get no e-mail, all read at once.
type suppressions struct {
	key    keyed
	hashes map[string]namets.Suppression // if empty, key may be nil
}

// finally selects the addresses that are suppressed for a final reason.
const finally = "reason <> 'left'"

// readSuppressions reads the suppressed addresses that the condition selects.
func readSuppressions(ctx context.Context, q querier, condition string) (s suppressions, err error) {
	s.hashes = map[string]namets.Suppression{}
	rows, err := q.QueryContext(ctx, `select address_hash, reason, since from suppressed where `+condition)
	if err != nil {
		return s, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var hash string
		var of namets.Suppression
		if err := rows.Scan(&hash, &of.Reason, instant{&of.Since}); err != nil {
			return s, q.wrap(err)
		}
		s.hashes[hash] = of
	}
	if err := rows.Err(); err != nil || len(s.hashes) == 0 {
		return s, q.wrap(err)
	}
	var key []byte // it exists, because the hashes were made with it
	err = q.QueryRowContext(ctx, `select key from instance`).Scan(&key)
	s.key = key
	return s, q.wrap(err)
}

// of returns why the address gets no e-mail, and false if it may get some.
func (s *suppressions) of(email string) (of namets.Suppression, is bool) {
	if len(s.hashes) == 0 {
		return of, false
	}
	for _, hash := range s.key.addresses(email) {
		if of, is = s.hashes[string(hash)]; is {
			return of, true
		}
	}
	return of, false
}

// hasLeft counts the address if it gets no e-mail, and reports whether the import must leave it
// out.
func (im *importer) hasLeft(ctx context.Context, email string) (bool, error) {
	if _, is := im.left.of(email); !is {
		return false, nil
	}
	im.report.Suppressed++
	if !im.opts.IgnoreSuppressed {
		return true, nil
	}
	return false, im.unsuppress(ctx, email)
}
