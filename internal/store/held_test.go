package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// hold does to the pending deliveries what a restore does that knows nothing of them.
func (o *outbox) hold() {
	o.t.Helper()
	_, err := o.Writer().ExecContext(o.t.Context(), `update deliveries set state = 'held', next_at = null, due_at = `+
		`created_at where state = 'pending'`)
	o.must(err)
}

func TestHeld_isNotSentUntilSomebodySaysSo(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	ctx := t.Context()
	o.must(o.UpdateSubscriber(ctx, by, id, 0, namets.SubscriberPatch{Events: ptr(false)}))
	early := o.at
	o.step(time.Hour)
	o.announcement(namets.Announcement{PublishAt: o.at, IsActive: true, SendEmail: true})
	o.hold()

	o.wantKinds("held")
	stats, err := o.DeliveryStats(ctx)
	o.must(err)
	if stats.Held != 2 || stats.Pending != 0 || !stats.OldestPending.IsZero() {
		t.Errorf("got %+v", stats)
	}
	list, err := o.Deliveries(ctx, namets.DeliveryFilter{State: namets.Held})
	o.must(err)
	if len(list) != 2 || list[0].State != namets.Held || list[0].NextAttempt != nil {
		t.Errorf("got %+v", list)
	}
	o.must(o.UpdateSubscriber(ctx, by, id, 0, namets.SubscriberPatch{Events: ptr(true)}))
	o.wantKinds("what people cause afterwards", "subscriber_updated")

	counts, err := o.HeldDeliveries(ctx, o.at.Add(time.Second))
	o.must(err)
	want := []namets.HeldCount{{Kind: namets.AnnouncementCreated, Count: 1, Recipients: 1},
		{Kind: namets.SubscriberUpdated, Count: 1, Recipients: 1}}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, err := o.SkipHeld(ctx, by, early.Add(time.Second)); n != 1 || err != nil {
		t.Errorf("skipped %d, %v", n, err)
	}
	o.wantKinds("skipped")
	if n, err := o.ReleaseHeld(ctx, by, o.at.Add(time.Second)); n != 1 || err != nil {
		t.Errorf("released %d, %v", n, err)
	}
	if c := o.one(); c.WebhookID != list[0].WebhookID || c.Kind != namets.AnnouncementCreated {
		t.Errorf("it goes as %+v, want webhook-id %s", c, list[0].WebhookID)
	}
	if n, err := o.ReleaseHeld(ctx, by, o.at.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("released %d, %v, though nothing is held", n, err)
	}
}

func TestHeld_isNotSentByWhatSetsOthersFree(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	ctx := t.Context()
	o.must(o.UpdateSubscriber(ctx, by, id, 0, namets.SubscriberPatch{Events: ptr(false)}))
	o.hold()
	o.must(o.ReleaseLeases(ctx))
	for _, state := range []namets.DeliveryState{namets.Pending, namets.Dead, namets.Delivered} {
		_, err := o.RetryDeliveries(ctx, by, namets.DeliveryFilter{State: state, EntityID: id,
			Entity: namets.KindPatrons})
		o.must(err)
	}
	o.must(o.UpdateSubscriber(ctx, by, id, 0, namets.SubscriberPatch{Events: ptr(true)}))
	o.wantKinds("the next about the same person", "subscriber_updated")
	o.step(3650 * 24 * time.Hour)
	for n := 1; n > 0; {
		var err error
		n, err = o.PruneDeliveries(ctx, 30*24*time.Hour)
		o.must(err)
	}
	list, err := o.Deliveries(ctx, namets.DeliveryFilter{State: namets.Held})
	o.must(err)
	if len(list) != 1 {
		t.Fatalf("got %+v, want the held one to stay for good", list)
	}
	o.must(o.RetryDelivery(ctx, by, list[0].ID))
	o.wantKinds("chosen by hand", "subscriber_updated")
}
