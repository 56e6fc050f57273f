package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
)

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

func TestSubscriberList_searchesFiltersSortsAndPages(t *testing.T) {
	o := newOutbox(t)
	fill(t, o.DB, 25)
	for _, test := range []struct {
		name          string
		filter        namets.SubscriberFilter
		sort          namets.SubscriberSort
		offset, limit int
		ids           []int64
		total         int
	}{
		{"newest first", namets.SubscriberFilter{}, namets.SubscriberSort{Descending: true}, 0, 3,
			[]int64{25, 24, 23}, 25},
		{"last page", namets.SubscriberFilter{}, namets.SubscriberSort{Descending: true}, 24, 3, []int64{1}, 25},
		{"beyond the end", namets.SubscriberFilter{}, namets.SubscriberSort{}, 30, 3, nil, 25},
		{"by address", namets.SubscriberFilter{}, namets.SubscriberSort{ByEmail: true}, 1, 3, []int64{11, 12, 13}, 25},
		{"search, whatever the case", namets.SubscriberFilter{Search: "SON2"}, namets.SubscriberSort{}, 0, 3,
			[]int64{2, 20, 21}, 7},
		{"search by phone", namets.SubscriberFilter{Search: "+23425"}, namets.SubscriberSort{}, 0, 3, []int64{25}, 1},
		{"search is no pattern", namets.SubscriberFilter{Search: "%"}, namets.SubscriberSort{}, 0, 3, nil, 0},
		{"filters", namets.SubscriberFilter{Active: ptr(true), Verified: ptr(false), Events: ptr(true)},
			namets.SubscriberSort{}, 0, 9, []int64{6, 12, 18, 24}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := o.SubscriberList(t.Context(), test.filter, test.sort, test.offset, test.limit)
			o.must(err)
			var ids []int64
			for _, s := range list.Rows {
				ids = append(ids, s.ID)
			}
			if diff := cmp.Diff(test.ids, ids); diff != "" || list.Total != test.total {
				t.Errorf("got %d in all, want %d (-want +got):\n%s", list.Total, test.total, diff)
			}
		})
	}
}

func TestChangeSubscribers_tellsEachAndPassesOverThoseWhoAreGone(t *testing.T) {
	o := newOutbox(t)
	fill(t, o.DB, 12)
	for _, step := range []struct {
		action  namets.BulkAction
		ids     []int64
		changed int
		kinds   []string
	}{
		{namets.BulkDeactivate, []int64{1, 2, 10, 99}, 2,
			[]string{"subscriber_unsubscribed", "subscriber_unsubscribed"}},
		{namets.BulkDeactivate, []int64{1, 2, 10, 99}, 0, nil},
		{namets.BulkVerify, []int64{1, 2}, 1, nil},
		{namets.BulkDelete, []int64{2, 3, 4, 4}, 3, []string{"subscriber_unsubscribed", "subscriber_unsubscribed"}},
	} {
		changed, err := o.ChangeSubscribers(t.Context(), by, step.ids, step.action)
		if err != nil || changed != step.changed {
			t.Errorf("%s: got %d changed, %v, want %d", step.action, changed, err, step.changed)
		}
		o.wantKinds(string(step.action), step.kinds...)
	}
	if _, err := o.ChangeSubscribers(t.Context(), by, []int64{1}, "praise"); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("unknown action: %v", err)
	}
}

func TestImportSubscribers_givesAVerdictForEachRowAndBringsNobodyBack(t *testing.T) {
	o := newOutbox(t)
	gone, err := o.CreateSubscriber(t.Context(), by, namets.NewSubscriber("gone@example.org"))
	o.must(err)
	left, _, err := o.Subscriber(t.Context(), gone)
	o.must(err)
	o.must(o.Unsubscribe(t.Context(), visitor, left.Token))
	quiet := namets.NewSubscriber("quiet@example.org")
	quiet.IsActive = false
	id, err := o.CreateSubscriber(t.Context(), by, quiet)
	o.must(err)
	_, err = o.CreateSubscriber(t.Context(), by, namets.NewSubscriber("there@example.org"))
	o.must(err)
	o.deliver()
	rows := []namets.SubscriberRow{
		{Patch: namets.SubscriberPatch{Email: ptr("GONE@example.org")}},
		{Patch: namets.SubscriberPatch{Email: ptr("quiet@example.org"), IsActive: ptr(true), Phone: ptr("1")}},
		{Patch: namets.SubscriberPatch{Email: ptr("there@example.org"), Events: ptr(false)}},
		{Patch: namets.SubscriberPatch{Email: ptr("new@example.org")}, SubscribedAt: ptr(now.Add(-time.Hour))},
	}
	want := []namets.ImportVerdict{namets.ImportLeft, namets.ImportInactive, namets.ImportChanged, namets.ImportAdded}
	for _, dry := range []bool{true, true, false} {
		got, err := o.ImportSubscribers(t.Context(), by, rows, dry)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("dry %t: %v (-want +got):\n%s", dry, err, diff)
		}
	}
	if s, _, err := o.Subscriber(t.Context(), id); err != nil || s.IsActive || s.Phone != "1" {
		t.Errorf("who was inactive: %+v, %v", s, err)
	}
	if diff := cmp.Diff([]string{"quiet@example.org", "there@example.org", "new@example.org"}, o.emails()); diff != "" {
		t.Error(diff)
	}
	o.wantKinds("an import tells nobody")
	got, err := o.ImportSubscribers(t.Context(), by, rows[2:], false)
	if diff := cmp.Diff([]namets.ImportVerdict{namets.ImportUnchanged, namets.ImportUnchanged}, got); diff != "" ||
		err != nil {
		t.Errorf("again: %v\n%s", err, diff)
	}
	if got, err = o.ImportSubscribers(t.Context(), by, rows[1:2], false); err != nil || got[0] != namets.ImportStays {
		t.Errorf("who is inactive, again: %v, %v", got, err)
	}
	_, err = o.CreateSubscriber(t.Context(), by, namets.NewSubscriber("gone@example.org"))
	o.must(err)
	if got, err = o.ImportSubscribers(t.Context(), by, rows[:1], true); err != nil || got[0] != namets.ImportUnchanged {
		t.Errorf("who left and was added by hand: %v, %v", got, err)
	}
}

func TestHistory_tellsWhatWasDoneToARow(t *testing.T) {
	o := newOutbox(t)
	id, err := o.CreateSubscriber(t.Context(), by, namets.NewSubscriber("a@example.org"))
	o.must(err)
	o.must(o.UpdateSubscriber(t.Context(), by, id, 0, namets.SubscriberPatch{Phone: ptr("1"), Events: ptr(false)}))
	got, err := o.History(t.Context(), namets.KindSubscribers, id, 10)
	o.must(err)
	who := namets.Actor{Kind: by.Kind, Name: by.Name}
	want := []namets.HistoryEntry{
		{At: now, By: who, Action: "update", Changed: []string{"phone", "notify_events"}},
		{At: now, By: who, Action: "create"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMovePatron_putsOneAtAPlaceAndMayBeRepeated(t *testing.T) {
	o := newOutbox(t)
	for i := range 4 {
		_, err := o.CreatePatron(t.Context(), by, namets.Patron{Name: fmt.Sprint(i), HierarchyOrder: 5})
		o.must(err)
	}
	for range 2 {
		o.must(o.MovePatron(t.Context(), by, 4, 1))
		list, err := o.Patrons(t.Context())
		o.must(err)
		var names string
		for _, p := range list {
			names += p.Name
		}
		if names != "0312" {
			t.Errorf("got %s", names)
		}
	}
	if err := o.MovePatron(t.Context(), by, 9, 1); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("unknown patron: %v", err)
	}
}

func TestMessageReach_countsWithoutSending(t *testing.T) {
	o := newOutbox(t)
	fill(t, o.DB, 12)
	for _, test := range []struct {
		message namets.Message
		want    int
	}{{namets.Message{Everyone: true}, 11}, {namets.Message{Subscribers: []int64{1, 2, 10}}, 2},
		{namets.Message{}, 0}} {
		if got, err := o.MessageReach(t.Context(), test.message); got != test.want || err != nil {
			t.Errorf("%+v: got %d, %v, want %d", test.message, got, err, test.want)
		}
	}
	ids, unknown, err := o.SubscribersCalled(t.Context(), []string{"PERSON3@example.org", "nobody@example.org"})
	if diff := cmp.Diff([]any{[]int64{3}, []string{"nobody@example.org"}}, []any{ids, unknown}); diff != "" ||
		err != nil {
		t.Error(err, diff)
	}
	o.wantKinds("nothing was sent")
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
		"filtered": {filter: namets.SubscriberFilter{Active: ptr(true), Verified: ptr(true)},
			sort: namets.SubscriberSort{ByEmail: true}},
		"filtered, deep": {filter: namets.SubscriberFilter{Active: ptr(true), Verified: ptr(true)},
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
