package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// resend checks the reach, before and after resending, and returns the new delivery's id.
func (o *Outbox) resend(r namets.Resend, want namets.ResendReach) int64 {
	o.T.Helper()
	before, err := o.ResendReach(o.T.Context(), r)
	o.Must(err)
	id, reach, err := o.Resend(o.T.Context(), By(), r)
	o.Must(err)
	if before != want || reach != want {
		o.T.Errorf("reach before %+v, after %+v, want %+v", before, reach, want)
	}
	return id
}

// wantNoResend checks for an error and that nothing is queued.
func (o *Outbox) wantNoResend(r namets.Resend, code namets.Code, why string) {
	o.T.Helper()
	_, err := o.ResendReach(o.T.Context(), r)
	_, _, doneErr := o.Resend(o.T.Context(), By(), r)
	for _, err := range []error{err, doneErr} {
		if namets.CodeOf(err) != code || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "@") {
			o.T.Errorf("%+v: error %v, want %s with %q and no address", r, err, code, why)
		}
	}
}

func (su suite) TestResend_reachesRecipientsWhoMayStillReceiveIt(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	leaves, off := o.AddSubscriber("leaves@example.org"), o.AddSubscriber("off@example.org")
	_, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "P", Email: "p@example.org", IsActive: true,
		ReceiveNotifications: true})
	o.Must(err)
	a := o.AddAnnouncement(namets.Announcement{Title: "was", PublishAt: Now(), IsActive: true, SendEmail: true})
	first := o.One()
	o.Must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: first.ID, State: namets.Delivered, Recipients: 4,
			Attempt: &namets.Attempt{At: o.At, Status: 200}}}))
	o.Must(o.DeleteSubscriber(t.Context(), By(), leaves))
	o.Must(o.UpdateSubscriber(t.Context(), By(), off, 0, namets.SubscriberPatch{Announcements: ptr(false)}))
	o.AddSubscriber("new@example.org")
	o.Deliver()
	a.Title = "is"
	o.Save(a)

	id := o.resend(namets.Resend{Delivery: first.ID}, namets.ResendReach{Recipients: 2, Left: 2})
	again := o.One()
	if again.ID != id || again.WebhookID == first.WebhookID || !strings.HasPrefix(again.WebhookID, "msg_") {
		t.Errorf("claimed %+v, the first one was %+v", again, first)
	}
	want := strings.Replace(string(first.Body), `"leaves@example.org","off@example.org",`, "", 1)
	if diff := cmp.Diff(want, string(again.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if d, _ := o.delivery(id); d.ResendOf != first.ID || d.Entity != namets.KindAnnouncements || d.EntityID != a.ID {
		t.Errorf("it is stored as %+v", d)
	}
	if d, _ := o.delivery(first.ID); d.State != namets.Delivered || d.ResendOf != 0 {
		t.Errorf("the first delivery is now %+v", d)
	}
	entries, err := o.Activity(t.Context(), namets.AuditFilter{Entity: "deliveries", EntityID: id})
	o.Must(err)
	if len(entries) != 1 || entries[0].Action != "resend" || entries[0].By != By() {
		t.Errorf("audit: %+v", entries)
	}
	var detail string
	o.Must(o.SQL().QueryRowContext(t.Context(), `select detail from audit where action = 'resend'`).Scan(&detail))
	if want := fmt.Sprintf(`{"of":%d,"recipients":2}`, first.ID); detail != want {
		t.Errorf("audit detail %s", detail)
	}
}

func (su suite) TestResend_reachesNamedRecipients(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	b, c := o.AddSubscriber("b@example.org"), o.AddSubscriber("c@example.org")
	o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	o.WantKinds("published", "announcement_created")
	list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Limit: 1})
	o.Must(err)
	id := list[0].ID
	o.Must(o.DeleteSubscriber(t.Context(), By(), c))
	o.AddSubscriber("new@example.org")
	o.Deliver()

	o.wantNoResend(namets.Resend{Delivery: id, To: []string{"a@example.org", "new@example.org"}}, namets.Invalid,
		"hold 1 address that was no recipient of delivery 4: number 2 of 2")
	o.wantNoResend(namets.Resend{Delivery: id, To: []string{"x@example.org", "y@example.org", "a@example.org"}},
		namets.Invalid, "hold 2 addresses that were no recipients of delivery 4: number 1, 2 of 3")
	o.wantNoResend(namets.Resend{Delivery: id, To: []string{"c@example.org"}}, namets.Conflict, "nobody is left")
	o.WantKinds("nothing was queued")

	o.resend(namets.Resend{Delivery: id, To: []string{"C@EXAMPLE.org", "B@Example.ORG", "b@example.org"}},
		namets.ResendReach{Recipients: 1, Left: 1})
	if bodies := o.Deliver(); len(bodies) != 1 || !strings.Contains(bodies[0], `"recipients":["b@example.org"]`) {
		t.Errorf("it went to %v", bodies)
	}
	o.resend(namets.Resend{Delivery: id}, namets.ResendReach{Recipients: 2, Left: 1})
	o.Must(o.DeleteSubscriber(t.Context(), By(), b)) // before the attempt
	if bodies := o.Deliver(); !strings.Contains(strings.Join(bodies, "\n"), `"recipients":["a@example.org"]`) {
		t.Errorf("it went to %v", bodies)
	}
}

func (su suite) TestResend_refusesDeliveriesNotWorthSending(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	a := o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	c := o.One()
	r := namets.Resend{Delivery: c.ID}
	o.wantNoResend(namets.Resend{Delivery: 99}, namets.NotFound, "99")
	o.wantNoResend(r, namets.Conflict, "n8n has not taken it yet")
	o.Must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 1,
			Attempt: &namets.Attempt{At: o.At, Status: 200}}}))

	o.resend(r, namets.ResendReach{Recipients: 1})
	a.IsActive = false
	o.Save(a)
	o.WantKinds("withdrawn before it went", "skip: the announcement was withdrawn")
	o.wantNoResend(r, namets.Conflict, "the announcement was withdrawn")
	a.IsActive = true
	o.Save(a)
	o.WantKinds("the first one was taken: nobody gets it twice unasked")
	o.wantNoResend(namets.Resend{Delivery: c.ID + 1}, namets.Conflict, "skipped, so that nobody has got it: the "+
		"announcement was withdrawn")
	a.ExpireAt = ptr(o.At.Add(time.Hour))
	o.Save(a)
	o.Step(time.Hour)
	o.wantNoResend(r, namets.Conflict, "the announcement has expired")
	o.Must(o.DeleteAnnouncement(t.Context(), By(), a.ID))
	o.wantNoResend(r, namets.Conflict, "its subject was deleted")
	o.Step(8 * 24 * time.Hour)
	for n := 1; n > 0; {
		var err error
		n, err = o.PruneDeliveries(t.Context(), 30*24*time.Hour)
		o.Must(err)
	}
	o.wantNoResend(r, namets.Conflict, "its text is no longer kept")
}

func (su suite) TestResend_countsLeavingOnce(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	o.Must(o.DeleteSubscriber(t.Context(), By(), id))
	o.WantKinds("left", "subscriber_unsubscribed")
	list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Limit: 1})
	o.Must(err)
	left := func() (n int) {
		o.Must(o.SQL().QueryRowContext(t.Context(), `select sum(n) from daily_counts where what = 'left'`).Scan(&n))
		return n
	}
	before := left()
	o.resend(namets.Resend{Delivery: list[0].ID}, namets.ResendReach{Recipients: 1})
	o.WantKinds("once more", "subscriber_unsubscribed")
	if before != 1 || left() != before {
		t.Errorf("%d left, then %d", before, left())
	}
}
