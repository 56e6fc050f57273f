package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// TestCounts_matchARecount makes every kind of change to counted rows, and counts them again.
func (su suite) TestCounts_matchARecount(t *testing.T) {
	o := su.outbox(t)
	counts := func(query string) (list []string) {
		t.Helper()
		rows, err := o.SQL().QueryContext(t.Context(), query)
		o.Must(err)
		defer rows.Close()
		for rows.Next() {
			var text string
			o.Must(rows.Scan(&text))
			list = append(list, text)
		}
		o.Must(rows.Err())
		return list
	}
	check := func(after string) {
		t.Helper()
		for _, pair := range [][2]string{
			{`select concat_ws(' ', is_active, notify_announcements, notify_events, notify_prayer_changes, n) from ` +
				`subscriber_counts where n <> 0 order by 1`,
				`select concat_ws(' ', is_active, notify_announcements, notify_events, notify_prayer_changes,
			count(*)) from subscribers
				 group by is_active, notify_announcements, notify_events, notify_prayer_changes order by 1`},
			{`select concat_ws(' ', quarter, n) from daily_counts where what = 'joined' and n <> 0 order by 1`,
				`select concat_ws(' ', subscribed_at / 900000000, count(*)) from subscribers group by subscribed_at ` +
					`/ 900000000 order by 1`},
			{`select concat_ws(' ', quarter, n) from daily_counts where what = 'queued' order by 1`,
				`select concat_ws(' ', created_at / 900000000, count(*)) from deliveries group by created_at / ` +
					`900000000 order by 1`},
			{`select concat_ws(' ', quarter, n) from daily_counts where what = 'left' order by 1`,
				`select concat_ws(' ', created_at / 900000000, count(*)) from deliveries
			where kind = 'subscriber_unsubscribed'
				 group by created_at / 900000000 order by 1`},
			{`select concat_ws(' ', hook_id, state, failing, n) from delivery_counts where n <> 0 order by 1`,
				`select concat_ws(' ', hook_id, state, failures > 0, count(*)) from deliveries
				 group by hook_id, state, failures > 0 order by 1`},
		} {
			if diff := cmp.Diff(counts(pair[1]), counts(pair[0])); diff != "" {
				t.Errorf("after %s: -counted +kept\n%s", after, diff)
			}
		}
	}
	o.fill(30)
	check("inserts")
	o.Must(o.UpdateSubscriber(t.Context(), By(), 3, 0, namets.SubscriberPatch{IsActive: ptr(false), Events: ptr(true)}))
	o.Must(o.UpdateSubscriber(t.Context(), By(), 4, 0, namets.SubscriberPatch{Phone: ptr("+1")}))
	check("changes")
	o.At = o.At.Add(time.Hour)
	_, err := o.ChangeSubscribers(t.Context(), By(), []int64{5, 6, 10}, namets.BulkDelete)
	o.Must(err)
	check("deletions")
	claims, err := o.ClaimDeliveries(t.Context(), 10, time.Minute)
	o.Must(err)
	for i, c := range claims {
		outcome := namets.Outcome{ID: c.ID, State: namets.Delivered, Attempt: &namets.Attempt{At: o.At}}
		if i > 0 {
			outcome.State, outcome.Next = namets.Pending, o.At.Add(time.Hour)
		}
		o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{outcome}))
	}
	check("attempts")
	o.At = o.At.AddDate(1, 0, 0)
	_, err = o.RetryDeliveries(t.Context(), By(), namets.DeliveryFilter{State: namets.Pending})
	o.Must(err)
	check("a retry")
	rows := []namets.SubscriberRow{{Patch: namets.SubscriberPatch{Email: ptr("person7@example.org"),
		Announcements: ptr(false)}},
		{Patch: namets.SubscriberPatch{Email: ptr("new@example.org")}, SubscribedAt: ptr(Now().AddDate(0, 0, -3))}}
	_, err = o.ImportSubscribers(t.Context(), By(), rows, true)
	o.Must(err)
	check("a dry run")
	_, err = o.ImportSubscribers(t.Context(), By(), rows, false)
	o.Must(err)
	check("an import")

	MustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{{ID: 8, Email: "person8@example.org",
		Token: namets.NewUUID(), SubscribedAt: Now()}}}, namets.ImportOptions{Replace: true})
	check("an import that moves a time")
	_, err = o.PruneDeliveries(t.Context(), time.Hour)
	o.Must(err)
	if diff := cmp.Diff(counts(`select concat(state, count(*)) from deliveries group by state`),
		counts(`select concat(state, sum(n)) from delivery_counts group by state having sum(n) > 0`)); diff != "" {
		t.Errorf("after old ones went: -counted +kept\n%s", diff)
	}
	if n, err := o.AudienceSize(t.Context(), namets.AdminMessage); err != nil ||
		fmt.Sprint(n) != counts(`select count(*) from subscribers where is_active`)[0] {
		t.Errorf("a message reaches %d, %v", n, err)
	}
}
