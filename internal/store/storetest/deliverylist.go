package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func (su suite) TestRetry(t *testing.T) {
	o := su.outbox(t)
	ids := map[string]int64{} // name → delivery
	for _, name := range []string{"dead", "older dead", "delivered", "skipped", "waiting", "in flight"} {
		if name == "delivered" {
			o.Step(time.Hour)
		}
		_, err := o.CreateSubscriber(t.Context(), By(), namets.Subscriber{Email: strings.ReplaceAll(name, " ", ".") +
			"@example.org", IsActive: true})
		o.Must(err)
		c := o.One()
		ids[name] = c.ID
		out := namets.Outcome{ID: c.ID, Attempt: &namets.Attempt{At: o.At, Status: 500, Error: "answered 500"}}
		switch name {
		case "dead", "older dead":
			out.State = namets.Dead
		case "delivered":
			out.State = namets.Delivered
		case "skipped":
			out.State, out.Attempt, out.Reason = namets.Skipped, nil, "over"
		case "waiting":
			out.State, out.Next = namets.Pending, o.At.Add(time.Hour)
		default:
			continue
		}
		o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{out}))
	}
	stats, err := o.DeliveryStats(t.Context())
	o.Must(err)
	want := namets.DeliveryStats{Pending: 2, Waiting: 1, Dead: 2, OldestPending: o.At, LastDelivered: o.At}
	if diff := cmp.Diff(want, stats); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	for name, code := range map[string]namets.Code{"in flight": namets.Conflict, "no such": namets.NotFound} {
		if err := o.RetryDelivery(t.Context(), By(), ids[name]); namets.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", name, err, code)
		}
	}
	if _, err := o.RetryDeliveries(t.Context(), By(), namets.DeliveryFilter{}); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("retry without a state: %v", err)
	}
	retry := func(f namets.DeliveryFilter, want int) {
		t.Helper()
		n, err := o.RetryDeliveries(t.Context(), By(), f)
		if err != nil || n != want {
			t.Errorf("%+v: retried %d, %v, want %d", f, n, err, want)
		}
	}
	retry(namets.DeliveryFilter{State: namets.Dead, Since: o.At}, 0)
	retry(namets.DeliveryFilter{State: namets.Dead, Since: Now()}, 2)
	retry(namets.DeliveryFilter{State: namets.Delivered}, 1)
	for _, name := range []string{"skipped", "waiting"} {
		o.Must(o.RetryDelivery(t.Context(), By(), ids[name]))
	}
	if got := o.Deliver(); len(got) != 5 {
		t.Errorf("%d were sent again, want 5: %v", len(got), got)
	}
}

func (su suite) TestDeliveries_areFilteredAndPaged(t *testing.T) {
	o := su.outbox(t)
	a := o.AddSubscriber("a@example.org")
	for range 2 {
		o.Prefer(a, false)
		o.Prefer(a, true)
	}
	o.Deliver()
	o.Step(time.Hour)
	since := o.At
	_, err := o.QueuePing(t.Context(), By())
	o.Must(err)
	c := o.One()
	o.Fail(c, time.Hour)
	ids := func(f namets.DeliveryFilter) (ids []int64) {
		t.Helper()
		list, err := o.Deliveries(t.Context(), f)
		o.Must(err)
		for _, d := range list {
			ids = append(ids, d.ID)
		}
		return ids
	}
	for _, tt := range []struct {
		f    namets.DeliveryFilter
		want []int64
	}{
		{namets.DeliveryFilter{}, []int64{6, 5, 4, 3, 2, 1}},
		{namets.DeliveryFilter{Limit: 2}, []int64{6, 5}},
		{namets.DeliveryFilter{Limit: 2, Before: 5}, []int64{4, 3}},
		{namets.DeliveryFilter{State: namets.Pending}, []int64{6}},
		{namets.DeliveryFilter{State: namets.Delivered, Kind: namets.SubscriberJoined}, []int64{1}},
		{namets.DeliveryFilter{State: namets.Dead, Kind: namets.Ping}, nil},
		{namets.DeliveryFilter{Kind: namets.Ping}, []int64{6}},
		{namets.DeliveryFilter{Entity: namets.KindSubscribers, EntityID: a, Kind: namets.SubscriberUpdated,
			State: namets.Delivered, Limit: 2}, []int64{5, 4}},
		{namets.DeliveryFilter{Since: since}, []int64{6}},
		{namets.DeliveryFilter{Since: since.Add(1)}, []int64{6}}, // less than a microsecond later
		{namets.DeliveryFilter{Since: since.Add(time.Hour)}, nil},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.f)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.f, diff)
		}
	}
	if id, err := o.DeliveryByWebhookID(t.Context(), c.WebhookID); id != 6 || err != nil {
		t.Errorf("%s is %d, %v", c.WebhookID, id, err)
	}
	d, attempts := o.delivery(6)
	want := namets.Delivery{ID: 6, WebhookID: c.WebhookID, Kind: namets.Ping, State: namets.Pending, Attempts: 1,
		CreatedAt:   since,
		NextAttempt: ptr(since.Add(time.Hour)), LastStatus: 500, LastError: "answered 500", Part: 1, Parts: 1}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]namets.Attempt{{At: since, Status: 500, Error: "answered 500"}}, attempts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (su suite) TestPruneDeliveries_removesTextsThenRowsAndNeverDeadOnes(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	_, err := o.CreateSubscriber(t.Context(), By(), namets.Subscriber{Email: "dead@example.org", IsActive: true})
	o.Must(err)
	c := o.One()
	o.Must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Dead, Attempt: &namets.Attempt{At: o.At}}}))
	prune := func() (touched int) {
		for n := -1; n != 0; touched += n {
			n, err = o.PruneDeliveries(t.Context(), 30*24*time.Hour)
			o.Must(err)
		}
		return touched
	}
	count := func(query string) (n int) {
		o.Must(o.SQL().QueryRowContext(t.Context(), query).Scan(&n))
		return n
	}
	if n := prune(); n != 0 {
		t.Errorf("%d were pruned at once, want none", n)
	}
	o.Step(8 * 24 * time.Hour)
	if n := prune(); n != 1 || count("select count(*) from delivery_bodies") != 1 ||
		count("select count(*) from attempts where answer <> ''") != 0 {
		t.Errorf("after 8 days %d were pruned, want the text of the delivered one", n)
	}
	if d, _ := o.delivery(1); d.Kind != namets.SubscriberJoined || d.Recipients != 1 || d.EntityID != 1 {
		t.Errorf("what remains: %+v", d)
	}
	if err := o.RetryDelivery(t.Context(), By(), 1); namets.CodeOf(err) != namets.Conflict {
		t.Errorf("retry without a text: %v", err)
	}
	o.Step(30 * 24 * time.Hour)
	if n := prune(); n != 1 || count("select count(*) from deliveries") != 1 ||
		count("select count(*) from attempts") != 1 {
		t.Errorf("after 38 days %d were pruned, want the delivered one gone and the dead one kept", n)
	}
	o.Step(3650 * 24 * time.Hour)
	if d, _ := o.delivery(c.ID); prune() != 0 || d.State != namets.Dead {
		t.Error("a dead delivery was removed")
	}
}
