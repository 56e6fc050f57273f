package store

import (
	"context"

	"namets/internal/namets"
)

// EachRecipient calls yield for every recipient of a notification of the kind, as a webhook would
// have them now: subscribers by id, then patrons by hierarchy_order and name, each address once in
// any spelling. It reads in one transaction. The pointer is reused between calls. It stops at the
// first error and returns it.
func (db *DB) EachRecipient(ctx context.Context, kind namets.NotificationKind,
	yield func(*namets.AudienceMember) error) error {
	return db.read(ctx, func(r readTx) error {
		invited, err := invitedPatrons(ctx, r, kind)
		if err != nil {
			return err
		}
		subscribed := map[string]bool{} // the keys of patrons, and of mailboxes with several spellings
		for _, p := range invited {
			subscribed[namets.EmailKey(p)] = false
		}
		if err := r.eachSubscribed(ctx, kind, subscribed, yield); err != nil {
			return err
		}
		for _, p := range invited {
			if !subscribed[namets.EmailKey(p)] {
				if err := yield(&namets.AudienceMember{Email: p, Patron: true}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// eachSubscribed calls yield for the subscribers who receive the kind, and sets the entries of keys
// that belong to one of them. A mailbox with several spellings comes once.
func (t readTx) eachSubscribed(ctx context.Context, kind namets.NotificationKind, keys map[string]bool,
	yield func(*namets.AudienceMember) error) error {
	rows, err := t.QueryContext(ctx, `select email, coalesce(duplicate_key, email_key), duplicate_key is not null
			or exists (select 1 from subscribers d`+t.dialect.IndexedBy("subscribers_duplicates")+`
				where d.duplicate_key = subscribers.email_key), token
		from subscribers where `+wants(kind)+` order by id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var m namets.AudienceMember
	var key string
	var several bool
	for rows.Next() {
		if err := rows.Scan(&m.Email, &key, flag{&several}, uuid{&m.Token}); err != nil {
			return err
		}
		done, known := keys[key]
		if several && done {
			continue
		}
		if known || several {
			keys[key] = true
		}
		if err := yield(&m); err != nil {
			return err
		}
	}
	return rows.Err()
}

// invitedPatrons returns the addresses of the patrons who receive the kind, each once.
func invitedPatrons(ctx context.Context, q querier, kind namets.NotificationKind) (list []string, err error) {
	if !kind.Info().Patrons {
		return nil, nil
	}
	ended, err := readSuppressions(ctx, q, finally)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	err = patrons().each(ctx, q, "where "+receivingPatrons+patronOrder, func(p *namets.Patron) error {
		key := namets.EmailKey(p.Email)
		if _, is := ended.of(p.Email); !is && !seen[key] {
			seen[key] = true
			list = append(list, p.Email)
		}
		return nil
	})
	return list, err
}
