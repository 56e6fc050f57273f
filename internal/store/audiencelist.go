package store

import (
	"context"

	"namets/internal/namets"
)

// AudienceMembers returns the recipients of a notification of the kind, as a webhook would have
// them now: subscribers by id, then patrons by hierarchy_order and name, each address once in any
// spelling.
func (db *DB) AudienceMembers(ctx context.Context, kind namets.NotificationKind) (
	list []namets.AudienceMember, err error) {
	err = db.read(ctx, func(r readTx) error {
		invited, err := invitedPatrons(ctx, r, kind)
		if err != nil {
			return err
		}
		subscribed := map[string]bool{} // the keys of patrons, and of mailboxes with several spellings
		for _, p := range invited {
			subscribed[namets.EmailKey(p)] = false
		}
		if list, err = r.subscribed(ctx, kind, subscribed); err != nil {
			return err
		}
		for _, p := range invited {
			if !subscribed[namets.EmailKey(p)] {
				list = append(list, namets.AudienceMember{Email: p, Patron: true})
			}
		}
		return nil
	})
	return list, err
}

// subscribed returns the subscribers who receive the kind, and sets the entries of keys that belong
// to one of them. A mailbox with several spellings comes once.
func (t readTx) subscribed(ctx context.Context, kind namets.NotificationKind, keys map[string]bool) (
	list []namets.AudienceMember, err error) {
	rows, err := t.QueryContext(ctx, `select email, coalesce(duplicate_key, email_key), duplicate_key is not null
			or exists (select 1 from subscribers d`+t.dialect.IndexedBy("subscribers_duplicates")+`
				where d.duplicate_key = subscribers.email_key), token
		from subscribers where `+wants(kind)+` order by id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var m namets.AudienceMember
	var key string
	var several bool
	for rows.Next() {
		if err := rows.Scan(&m.Email, &key, flag{&several}, uuid{&m.Token}); err != nil {
			return nil, err
		}
		done, known := keys[key]
		if several && done {
			continue
		}
		if known || several {
			keys[key] = true
		}
		list = append(list, m)
	}
	return list, rows.Err()
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
