package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/store/storetest"
)

// million fills the outbox with a million deliveries over ninety days: most are delivered, some
// dead and skipped, the last hundred pending.
const million = `
	with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000)
	insert into deliveries (webhook_id, kind, entity, entity_id, state, recipients, attempts, next_at, created_at,
		finished_at)
	select 'msg_' || i,
		case i % 3 when 0 then 'subscriber_updated' when 1 then 'subscriber_joined' else 'announcement_created' end,
		'subscribers', i % 200000 + 1,
		case when i > 999900 then 'pending' when i % 1000 = 0 then 'dead'
			when i % 100 = 0 then 'skipped' else 'delivered' end, 1, 1,
		case when i > 999900 then $1 end, $1 - (1000000 - i) * 7776000,
			case when i <= 999900 then $1 - (1000000 - i) * 7776000 end
	from n`

func BenchmarkOutbox_ofAMillion(b *testing.B) {
	db := sqlitetest.Open(b, sqlite.Config{Now: storetest.Now})
	for _, query := range []string{million, `insert into delivery_bodies select id, '["a@example.org"]', '{}' from ` +
		`deliveries where id > 900000 and $1 > 0`} {
		if _, err := db.Writer().ExecContext(b.Context(), query, storetest.Now().UnixMicro()); err != nil {
			b.Fatal(err)
		}
	}
	list := func(f namets.DeliveryFilter) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := db.Deliveries(ctx, f)
			return err
		}
	}
	for _, bb := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"agenda", func(ctx context.Context) error { _, err := db.Agenda(ctx); return err }},
		{"claim", func(ctx context.Context) error { _, err := db.ClaimDeliveries(ctx, 16, 0); return err }},
		{"queue", func(ctx context.Context) error { _, err := db.QueuePing(ctx, storetest.By()); return err }},
		{"stats", func(ctx context.Context) error { _, err := db.DeliveryStats(ctx); return err }},
		{"prune nothing", func(ctx context.Context) error {
			_, err := db.PruneDeliveries(ctx, 2400*time.Hour)
			return err
		}},
		{"numbers of thirty days", func(ctx context.Context) error {
			_, err := db.DayNumbers(ctx, storetest.Now(), 30)
			return err
		}},
		{"list all", list(namets.DeliveryFilter{})},
		{"list page", list(namets.DeliveryFilter{Before: 500_000})},
		{"list dead", list(namets.DeliveryFilter{State: namets.Dead})},
		{"list dead of a kind", list(namets.DeliveryFilter{State: namets.Dead, Kind: namets.SubscriberJoined})},
		{"list delivered of a rare kind", list(namets.DeliveryFilter{State: namets.Delivered, Kind: namets.Ping})},
		{"list of a row", list(namets.DeliveryFilter{Entity: namets.KindSubscribers, EntityID: 77})},
		{"list dead since an hour", list(namets.DeliveryFilter{State: namets.Dead,
			Since: storetest.Now().Add(-time.Hour)})},
		{"list since tomorrow", list(namets.DeliveryFilter{Since: storetest.Now().Add(24 * time.Hour)})},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if err := bb.run(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAudience_of200000 measures what publishing costs if everybody receives the announcement:
// saving, and claiming.
func BenchmarkAudience_of200000(b *testing.B) {
	db := sqlitetest.Open(b, sqlite.Config{})
	_, err := db.Writer().ExecContext(b.Context(), `
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
		insert into subscribers select i, 'somebody' || i || '@example.org', 'somebody' || i || '@example.org', null,
			1, 1, 1, 1, 1,
			printf('%08x-0000-4000-8000-000000000000', i), 0, null, 1, 0 from n`)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			_, err := db.CreateAnnouncement(b.Context(), storetest.By(), namets.Announcement{Title: "T",
				Category:  namets.General,
				PublishAt: storetest.Now(), IsActive: true, SendEmail: true})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("claim", func(b *testing.B) {
		for b.Loop() {
			if claims, err := db.ClaimDeliveries(b.Context(), 1, 0); err != nil || len(claims) != 1 {
				b.Fatal(len(claims), err)
			}
		}
	})
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if n, err := db.AudienceSize(b.Context(), namets.AnnouncementCreated); err != nil || n != 200_000 {
				b.Fatal(n, err)
			}
		}
	})
}

// fill stores n subscribers quickly; every tenth is inactive.
func fill(t testing.TB, db *sqlite.DB, n int) {
	t.Helper()
	_, err := db.Writer().ExecContext(t.Context(), `
		with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
		insert into subscribers (email, email_key, phone, is_verified, is_active, notify_announcements, notify_events,
			notify_prayer_changes, token, subscribed_at)
		select 'Person' || i || '@example.org', 'person' || i || '@example.org', '+234' || i, i % 2, i % 10 <> 0, 1,
			i % 3 = 0, 1,
			printf('00000000-0000-4000-8000-%012d', i), i * 1000000 from n`, n)
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkSubscriberList(b *testing.B) {
	db := sqlitetest.Open(b, sqlite.Config{})
	fill(b, db, 200_000)
	for name, q := range map[string]struct {
		filter namets.SubscriberFilter
		sort   namets.SubscriberSort
		offset int
	}{
		"first": {sort: namets.SubscriberSort{Descending: true}},
		"last":  {sort: namets.SubscriberSort{Descending: true}, offset: 199_950},
		"filtered": {filter: namets.SubscriberFilter{Active: new(true), Verified: new(true)},
			sort: namets.SubscriberSort{ByEmail: true}},
		"filtered, deep": {filter: namets.SubscriberFilter{Active: new(true), Verified: new(true)},
			sort: namets.SubscriberSort{ByEmail: true}, offset: 4_900},
		"rare search": {filter: namets.SubscriberFilter{Search: "son12345@"},
			sort: namets.SubscriberSort{Descending: true}},
		"common search": {filter: namets.SubscriberFilter{Search: "son1"},
			sort: namets.SubscriberSort{Descending: true}},
		"search, deep": {filter: namets.SubscriberFilter{Search: "9@exam"},
			sort: namets.SubscriberSort{ByEmail: true}, offset: 4_900},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.SubscriberList(b.Context(), q.filter, q.sort, q.offset, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNextChanges_idle measures a consumer of all topics that asks and gets nothing, in a
// database with 100,000 subscribers that change without its acknowledgement of other rows.
func BenchmarkNextChanges_idle(b *testing.B) {
	db := sqlitetest.Open(b, sqlite.Config{Now: storetest.Now})
	spec := namets.ConsumerSpec{Start: namets.StartNow, Before: 24 * time.Hour, Lease: time.Minute}
	for _, info := range namets.Topics() {
		spec.Topics = append(spec.Topics, info.Topic)
	}
	data := &namets.Dataset{Subscribers: make([]namets.Subscriber, 100_000)}
	for i := range data.Subscribers {
		data.Subscribers[i] = namets.Subscriber{ID: int64(i + 1), Email: fmt.Sprintf("p%d@example.org", i),
			IsActive: true, Token: namets.NewUUID(), SubscribedAt: storetest.Now()}
	}
	if _, err := db.Import(b.Context(), storetest.By(), data, namets.ImportOptions{}); err != nil {
		b.Fatal(err)
	}
	if _, _, err := db.PutConsumer(b.Context(), storetest.By(), 0, "c", spec); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		out, err := db.NextChanges(b.Context(), 0, "c", 200, func([]namets.Topic) error { return nil })
		if err != nil || len(out.Items) > 0 {
			b.Fatal(out, err)
		}
	}
}
