package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// hold holds the pending deliveries, as a restore without information about them does.
func (o *Outbox) hold() {
	o.T.Helper()
	_, err := o.SQL().ExecContext(o.T.Context(), `update deliveries set state = 'held', next_at = null, due_at = `+
		`created_at where state = 'pending'`)
	o.Must(err)
}

func (su suite) TestHeld_isNotSentUntilReleased(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	ctx := t.Context()
	o.Must(o.UpdateSubscriber(ctx, By(), id, 0, namets.SubscriberPatch{Events: ptr(false)}))
	early := o.At
	o.Step(time.Hour)
	o.AddAnnouncement(namets.Announcement{PublishAt: o.At, IsActive: true, SendEmail: true})
	o.hold()

	o.WantKinds("held")
	stats, err := o.DeliveryStats(ctx)
	o.Must(err)
	if held, err := o.CountHeld(ctx); held != 2 || err != nil {
		t.Errorf("%d are held, %v", held, err)
	}
	if stats.Held != 2 || stats.Pending != 0 || !stats.OldestPending.IsZero() {
		t.Errorf("got %+v", stats)
	}
	list, err := o.Deliveries(ctx, namets.DeliveryFilter{State: namets.Held})
	o.Must(err)
	if len(list) != 2 || list[0].State != namets.Held || list[0].NextAttempt != nil {
		t.Errorf("got %+v", list)
	}
	o.Must(o.UpdateSubscriber(ctx, By(), id, 0, namets.SubscriberPatch{Events: ptr(true)}))
	o.WantKinds("what people cause afterwards", "subscriber_updated")

	counts, err := o.HeldDeliveries(ctx, o.At.Add(time.Second))
	o.Must(err)
	want := []namets.HeldCount{{Kind: namets.AnnouncementCreated, Count: 1, Recipients: 1},
		{Kind: namets.SubscriberUpdated, Count: 1, Recipients: 1}}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, err := o.SkipHeld(ctx, By(), early.Add(time.Second)); n != 1 || err != nil {
		t.Errorf("skipped %d, %v", n, err)
	}
	o.WantKinds("skipped")
	if n, err := o.ReleaseHeld(ctx, By(), o.At.Add(time.Second)); n != 1 || err != nil {
		t.Errorf("released %d, %v", n, err)
	}
	if c := o.One(); c.WebhookID != list[0].WebhookID || c.Kind != namets.AnnouncementCreated {
		t.Errorf("claimed %+v, want webhook-id %s", c, list[0].WebhookID)
	}
	if n, err := o.ReleaseHeld(ctx, By(), o.At.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("released %d, %v, though nothing is held", n, err)
	}
}

func (su suite) TestHeld_isNotReleasedByOtherMethods(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	ctx := t.Context()
	o.Must(o.UpdateSubscriber(ctx, By(), id, 0, namets.SubscriberPatch{Events: ptr(false)}))
	o.hold()
	o.Must(o.ReleaseLeases(ctx))
	for _, state := range []namets.DeliveryState{namets.Pending, namets.Dead, namets.Delivered} {
		_, err := o.RetryDeliveries(ctx, By(), namets.DeliveryFilter{State: state, EntityID: id,
			Entity: namets.KindPatrons})
		o.Must(err)
	}
	o.Must(o.UpdateSubscriber(ctx, By(), id, 0, namets.SubscriberPatch{Events: ptr(true)}))
	o.WantKinds("the next about the same person", "subscriber_updated")
	o.Step(3650 * 24 * time.Hour)
	for n := 1; n > 0; {
		var err error
		n, err = o.PruneDeliveries(ctx, 30*24*time.Hour)
		o.Must(err)
	}
	list, err := o.Deliveries(ctx, namets.DeliveryFilter{State: namets.Held})
	o.Must(err)
	if len(list) != 1 {
		t.Fatalf("got %+v, want the held one to stay", list)
	}
	o.Must(o.RetryDelivery(ctx, By(), list[0].ID))
	o.WantKinds("chosen by hand", "subscriber_updated")
}
