package store

import (
	"context"
	"encoding/json"

	"namets/internal/namets"
)

// audience is a list of recipients in the form that deliveries store.
type audience struct {
	addresses []string
	json      []byte // array of addresses
	count     int
}

func newAudience(addresses []string) audience {
	return audience{addresses, namets.EncodeAddresses(nil, addresses), len(addresses)}
}

func oneAddress(address string) audience { return newAudience([]string{address}) }

// wants returns the condition that selects the subscribers who receive notifications of the kind.
func wants(kind namets.NotificationKind) string {
	switch kind.Info().Audience {
	case namets.WantsAnnouncements:
		return "is_active and notify_announcements"
	case namets.WantsEvents:
		return "is_active and notify_events"
	case namets.WantsPrayerChanges:
		return "is_active and notify_prayer_changes"
	case namets.AllSubscribers:
		return "true"
	}
	return "is_active"
}

// receivingPatrons selects the patrons who receive notifications (contract section 7), if their
// addresses are not suppressed for a final reason.
const receivingPatrons = "is_active and receive_notifications and email <> ''"

// AudienceSize returns the number of addresses that would receive a notification of the kind now:
// "this will reach 412 people".
func (db *DB) AudienceSize(ctx context.Context, kind namets.NotificationKind) (n int, err error) {
	keys, err := patronKeys(ctx, db.reader, kind)
	if err != nil {
		return 0, err
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return 0, err
	}
	err = db.reader.QueryRowContext(ctx, `
		select (select coalesce(sum(n), 0) from subscriber_counts where `+wants(kind)+`)
		     + (select count(*) from `+db.dialect.Each("$1")+` k where not exists
		           (select 1 from subscribers where email_key = k.value and `+wants(kind)+`))`, string(list)).Scan(&n)
	return n, db.wrap(err)
}

// patronKeys returns the address keys of the patrons who receive the kind, each once.
func patronKeys(ctx context.Context, q querier, kind namets.NotificationKind) ([]string, error) {
	list, err := invitedPatrons(ctx, q, kind)
	keys := make([]string, len(list))
	for i, email := range list {
		keys[i] = namets.EmailKey(email)
	}
	return keys, err
}

// audience returns the current recipients of a notification of the kind: subscribers by id, then
// patrons by hierarchy_order and name, each address once in any spelling. It reads them once per
// transaction.
func (t *tx) audience(ctx context.Context, kind namets.NotificationKind) (audience, error) {
	if to, ok := t.audiences[kind]; ok {
		return to, nil
	}
	addresses, err := t.addresses(ctx, chosen{"where " + wants(kind) + " order by id", nil},
		chosen{"where " + receivingPatrons + patronOrder, nil})
	if err != nil {
		return audience{}, err
	}
	t.audiences[kind] = newAudience(addresses)
	return t.audiences[kind], nil
}

const patronOrder = " order by hierarchy_order, name, id"

// chosen is the end of a query that selects rows, and its parameters.
type chosen struct {
	where string
	args  []any
}

// addresses returns the addresses of the chosen subscribers and patrons, each once in any spelling.
func (t *tx) addresses(ctx context.Context, ofSubscribers, ofPatrons chosen) ([]string, error) {
	ended, err := readSuppressions(ctx, t, finally)
	if err != nil {
		return nil, err
	}
	var invited []string
	own := map[string]bool{} // key of a patron → whether a subscriber has the address too
	rows, err := t.QueryContext(ctx, "select email from patrons "+ofPatrons.where, ofPatrons.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return nil, err
		}
		if _, is := ended.of(email); is {
			continue
		}
		if _, twice := own[namets.EmailKey(email)]; !twice {
			own[namets.EmailKey(email)] = false
			invited = append(invited, email)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	list, err := t.subscriberAddresses(ctx, ofSubscribers, own)
	for _, email := range invited {
		if !own[namets.EmailKey(email)] {
			list = append(list, email)
		}
	}
	return list, err
}

// subscriberAddresses returns the addresses of the chosen subscribers, and sets the entries of keys
// that belong to one of them.
func (t *tx) subscriberAddresses(ctx context.Context, of chosen, keys map[string]bool) (list []string, err error) {
	rows, err := t.QueryContext(ctx, "select email, coalesce(duplicate_key, email_key) from subscribers "+
		of.where, of.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var email, key string
		if err := rows.Scan(&email, &key); err != nil {
			return nil, err
		}
		list = append(list, email)
		if _, ok := keys[key]; ok {
			keys[key] = true
		}
	}
	return list, rows.Err()
}

// remaining returns the addresses that may still receive a notification of the kind. The others
// have left since, or have switched the kind off.
func remaining(ctx context.Context, q querier, kind namets.NotificationKind, addresses []string) ([]string, error) {
	switch kind.Info().Audience {
	case namets.Nobody, namets.FormerSubscriber:
		return addresses, nil // no row decides this
	case namets.Requester:
		return asked(ctx, q, addresses)
	}
	keys := make([]string, len(addresses))
	for i, a := range addresses {
		keys[i] = namets.EmailKey(a)
	}
	patrons, err := patronKeys(ctx, q, kind)
	if err != nil {
		return nil, err
	}
	entitled := make(map[string]bool, len(patrons))
	for _, key := range patrons {
		entitled[key] = true
	}
	subscribed, err := subscribed(ctx, q, kind, keys)
	if err != nil {
		return nil, err
	}
	var list []string
	for i, address := range addresses {
		if subscribed[i] || entitled[keys[i]] {
			list = append(list, address)
		}
	}
	return list, nil
}

// asked returns the addresses that still have a request to confirm. If somebody has confirmed or
// left since, the link in the e-mail no longer works.
func asked(ctx context.Context, q querier, addresses []string) (list []string, err error) {
	for _, address := range addresses {
		var open bool
		err := q.QueryRowContext(ctx, `select exists (select 1 from confirmations where used_at is null `+
			`and email_key = $1)`,
			namets.EmailKey(address)).Scan(&open)
		if err != nil {
			return nil, q.wrap(err)
		}
		if open {
			list = append(list, address)
		}
	}
	return list, nil
}

// subscribed reports for each key whether a subscriber with that address receives notifications of
// the kind.
func subscribed(ctx context.Context, q querier, kind namets.NotificationKind, keys []string) ([]bool, error) {
	is := make([]bool, len(keys))
	// A cross join makes the list the outer loop, with an index lookup for each key
	each := q.in().Each("$1")
	rows, err := q.QueryContext(ctx, `
		select k.key from `+each+` k cross join subscribers s where s.email_key = k.value and `+wants(kind)+`
		union all
		select k.key from subscribers d`+q.in().IndexedBy("subscribers_duplicates")+` cross join `+each+` k
		where d.duplicate_key is not null and k.value = d.duplicate_key and `+wants(kind),
		string(namets.EncodeAddresses(nil, keys)))
	if err != nil {
		return nil, q.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		if err := rows.Scan(&i); err != nil {
			return nil, q.wrap(err)
		}
		is[i] = true
	}
	return is, q.wrap(rows.Err())
}
