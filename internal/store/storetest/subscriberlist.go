package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// fill stores n subscribers; every tenth is inactive.
func (o *Outbox) fill(n int) {
	o.T.Helper()
	data := &namets.Dataset{}
	for i := 1; i <= n; i++ {
		data.Subscribers = append(data.Subscribers, namets.Subscriber{ID: int64(i),
			Email: fmt.Sprintf("Person%d@example.org", i), Phone: fmt.Sprintf("+234%d", i), IsVerified: i%2 != 0,
			IsActive: i%10 != 0, Notify: namets.Preferences{Announcements: true, Events: i%3 == 0, PrayerChanges: true},
			Token: namets.UUID{15: byte(i)}, SubscribedAt: time.Unix(int64(i), 0).UTC()})
	}
	MustImport(o.T, o.DB, data, namets.ImportOptions{})
}

func (su suite) TestSubscriberList_searchesFiltersSortsAndPages(t *testing.T) {
	o := su.outbox(t)
	o.fill(25)
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
			o.Must(err)
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

func (su suite) TestChangeSubscribers_notifiesEachAndIgnoresUnknownIDs(t *testing.T) {
	o := su.outbox(t)
	o.fill(12)
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
		changed, err := o.ChangeSubscribers(t.Context(), By(), step.ids, step.action)
		if err != nil || changed != step.changed {
			t.Errorf("%s: got %d changed, %v, want %d", step.action, changed, err, step.changed)
		}
		o.WantKinds(string(step.action), step.kinds...)
	}
	if _, err := o.ChangeSubscribers(t.Context(), By(), []int64{1}, "praise"); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("unknown action: %v", err)
	}
}

func (su suite) TestImportSubscribers_returnsAVerdictPerRowAndReactivatesNobody(t *testing.T) {
	o := su.outbox(t)
	gone, err := o.CreateSubscriber(t.Context(), By(), namets.NewSubscriber("gone@example.org"))
	o.Must(err)
	left, _, err := o.Subscriber(t.Context(), gone)
	o.Must(err)
	o.Must(o.Unsubscribe(t.Context(), Visitor(), left.Token))
	quiet := namets.NewSubscriber("quiet@example.org")
	quiet.IsActive = false
	id, err := o.CreateSubscriber(t.Context(), By(), quiet)
	o.Must(err)
	_, err = o.CreateSubscriber(t.Context(), By(), namets.NewSubscriber("there@example.org"))
	o.Must(err)
	o.Deliver()
	rows := []namets.SubscriberRow{
		{Patch: namets.SubscriberPatch{Email: ptr("GONE@example.org")}},
		{Patch: namets.SubscriberPatch{Email: ptr("quiet@example.org"), IsActive: ptr(true), Phone: ptr("1")}},
		{Patch: namets.SubscriberPatch{Email: ptr("there@example.org"), Events: ptr(false)}},
		{Patch: namets.SubscriberPatch{Email: ptr("new@example.org")}, SubscribedAt: ptr(Now().Add(-time.Hour))},
	}
	want := []namets.ImportVerdict{namets.ImportLeft, namets.ImportInactive, namets.ImportChanged, namets.ImportAdded}
	for _, dry := range []bool{true, true, false} {
		got, err := o.ImportSubscribers(t.Context(), By(), rows, dry)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("dry %t: %v (-want +got):\n%s", dry, err, diff)
		}
	}
	if s, _, err := o.Subscriber(t.Context(), id); err != nil || s.IsActive || s.Phone != "1" {
		t.Errorf("the inactive subscriber: %+v, %v", s, err)
	}
	if diff := cmp.Diff([]string{"quiet@example.org", "there@example.org", "new@example.org"}, o.emails()); diff != "" {
		t.Error(diff)
	}
	o.WantKinds("an import tells nobody")
	got, err := o.ImportSubscribers(t.Context(), By(), rows[2:], false)
	if diff := cmp.Diff([]namets.ImportVerdict{namets.ImportUnchanged, namets.ImportUnchanged}, got); diff != "" ||
		err != nil {
		t.Errorf("again: %v\n%s", err, diff)
	}
	if got, err = o.ImportSubscribers(t.Context(), By(), rows[1:2], false); err != nil || got[0] != namets.ImportStays {
		t.Errorf("the inactive subscriber again: %v, %v", got, err)
	}
	_, err = o.CreateSubscriber(t.Context(), By(), namets.NewSubscriber("gone@example.org"))
	o.Must(err)
	if got, err = o.ImportSubscribers(t.Context(), By(), rows[:1],
		true); err != nil || got[0] != namets.ImportUnchanged {
		t.Errorf("an address that left and was added by hand: %v, %v", got, err)
	}
}

func (su suite) TestHistory_listsTheChangesOfARow(t *testing.T) {
	o := su.outbox(t)
	id, err := o.CreateSubscriber(t.Context(), By(), namets.NewSubscriber("a@example.org"))
	o.Must(err)
	o.Must(o.UpdateSubscriber(t.Context(), By(), id, 0, namets.SubscriberPatch{Phone: ptr("1"), Events: ptr(false)}))
	got, err := o.History(t.Context(), namets.KindSubscribers, id, 10)
	o.Must(err)
	who := namets.Actor{Kind: By().Kind, Name: By().Name}
	want := []namets.HistoryEntry{
		{At: Now(), By: who, Action: "update", Changed: []string{"phone", "notify_events"}},
		{At: Now(), By: who, Action: "create"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func (su suite) TestMovePatron_movesToAPositionAndMayBeRepeated(t *testing.T) {
	o := su.outbox(t)
	for i := range 4 {
		_, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: fmt.Sprint(i), HierarchyOrder: 5})
		o.Must(err)
	}
	for range 2 {
		o.Must(o.MovePatron(t.Context(), By(), 4, 1))
		list, err := o.Patrons(t.Context())
		o.Must(err)
		var names string
		for _, p := range list {
			names += p.Name
		}
		if names != "0312" {
			t.Errorf("got %s", names)
		}
	}
	if err := o.MovePatron(t.Context(), By(), 9, 1); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("unknown patron: %v", err)
	}
}

func (su suite) TestMessageReach_countsWithoutSending(t *testing.T) {
	o := su.outbox(t)
	o.fill(12)
	for _, test := range []struct {
		message namets.Message
		want    int
	}{{namets.Message{Everyone: true}, 11}, {namets.Message{Subscribers: []int64{1, 2, 10}}, 2},
		{namets.Message{}, 0}} {
		if got, err := o.MessageReach(t.Context(), test.message); got != test.want || err != nil {
			t.Errorf("%+v: got %d, %v, want %d", test.message, got, err, test.want)
		}
	}
	ids, unknown, err := o.SubscribersByEmail(t.Context(), []string{"PERSON3@example.org", "nobody@example.org"})
	if diff := cmp.Diff([]any{[]int64{3}, []string{"nobody@example.org"}}, []any{ids, unknown}); diff != "" ||
		err != nil {
		t.Error(err, diff)
	}
	o.WantKinds("nothing was sent")
}
