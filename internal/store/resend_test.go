package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// resend wants the reach, told before and when it is done, and returns the new delivery's id.
func (o *outbox) resend(r namets.Resend, want namets.ResendReach) int64 {
	o.t.Helper()
	before, err := o.ResendReach(o.t.Context(), r)
	o.must(err)
	id, reach, err := o.Resend(o.t.Context(), by, r)
	o.must(err)
	if before != want || reach != want {
		o.t.Errorf("told %+v, done %+v, want %+v", before, reach, want)
	}
	return id
}

// wantNoResend wants an error and nothing queued.
func (o *outbox) wantNoResend(r namets.Resend, code namets.Code, why string) {
	o.t.Helper()
	_, err := o.ResendReach(o.t.Context(), r)
	_, _, doneErr := o.Resend(o.t.Context(), by, r)
	for _, err := range []error{err, doneErr} {
		if namets.CodeOf(err) != code || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "@") {
			o.t.Errorf("%+v: error %v, want %s that says %q and no address", r, err, code, why)
		}
	}
}

func TestResend_goesToThoseWhoWereInItAndMayStillReceiveIt(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	leaves, off := o.subscriber("leaves@example.org"), o.subscriber("off@example.org")
	_, err := o.CreatePatron(t.Context(), by, namets.Patron{Name: "P", Email: "p@example.org", IsActive: true,
		ReceiveNotifications: true})
	o.must(err)
	a := o.announcement(namets.Announcement{Title: "was", PublishAt: now, IsActive: true, SendEmail: true})
	first := o.one()
	o.must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: first.ID, State: namets.Delivered, Recipients: 4,
			Attempt: &namets.Attempt{At: o.at, Status: 200}}}))
	o.must(o.DeleteSubscriber(t.Context(), by, leaves))
	o.must(o.UpdateSubscriber(t.Context(), by, off, 0, namets.SubscriberPatch{Announcements: ptr(false)}))
	o.subscriber("new@example.org")
	o.deliver()
	a.Title = "is"
	o.save(a)

	id := o.resend(namets.Resend{Delivery: first.ID}, namets.ResendReach{Recipients: 2, Left: 2})
	again := o.one()
	if again.ID != id || again.WebhookID == first.WebhookID || !strings.HasPrefix(again.WebhookID, "msg_") {
		t.Errorf("it goes out as %+v, the first one was %+v", again, first)
	}
	want := strings.Replace(string(first.Body), `"leaves@example.org","off@example.org",`, "", 1)
	if diff := cmp.Diff(want, string(again.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if d, _ := o.delivery(id); d.ResendOf != first.ID || d.Entity != namets.KindAnnouncements || d.EntityID != a.ID {
		t.Errorf("it is stored as %+v", d)
	}
	if d, _ := o.delivery(first.ID); d.State != namets.Delivered || d.ResendOf != 0 {
		t.Errorf("the first one became %+v", d)
	}
	entries, err := o.Activity(t.Context(), namets.AuditFilter{Entity: "deliveries", EntityID: id})
	o.must(err)
	if len(entries) != 1 || entries[0].Action != "resend" || entries[0].By != by {
		t.Errorf("audit: %+v", entries)
	}
	var detail string
	o.must(o.Reader().QueryRowContext(t.Context(), `select detail from audit where action = 'resend'`).Scan(&detail))
	if want := fmt.Sprintf(`{"of":%d,"recipients":2}`, first.ID); detail != want {
		t.Errorf("audit detail %s", detail)
	}
}

func TestResend_goesToThoseWhoAreNamed(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	b, c := o.subscriber("b@example.org"), o.subscriber("c@example.org")
	o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	o.wantKinds("published", "announcement_created")
	list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Limit: 1})
	o.must(err)
	id := list[0].ID
	o.must(o.DeleteSubscriber(t.Context(), by, c))
	o.subscriber("new@example.org")
	o.deliver()

	o.wantNoResend(namets.Resend{Delivery: id, To: []string{"a@example.org", "new@example.org"}}, namets.Invalid,
		"hold 1 address that was no recipient of delivery 4: number 2 of 2")
	o.wantNoResend(namets.Resend{Delivery: id, To: []string{"x@example.org", "y@example.org", "a@example.org"}},
		namets.Invalid, "hold 2 addresses that were no recipients of delivery 4: number 1, 2 of 3")
	o.wantNoResend(namets.Resend{Delivery: id, To: []string{"c@example.org"}}, namets.Conflict, "nobody is left")
	o.wantKinds("nothing was queued")

	o.resend(namets.Resend{Delivery: id, To: []string{"C@EXAMPLE.org", "B@Example.ORG", "b@example.org"}},
		namets.ResendReach{Recipients: 1, Left: 1})
	if bodies := o.deliver(); len(bodies) != 1 || !strings.Contains(bodies[0], `"recipients":["b@example.org"]`) {
		t.Errorf("it went to %v", bodies)
	}
	o.resend(namets.Resend{Delivery: id}, namets.ResendReach{Recipients: 2, Left: 1})
	o.must(o.DeleteSubscriber(t.Context(), by, b)) // before the attempt
	if bodies := o.deliver(); !strings.Contains(strings.Join(bodies, "\n"), `"recipients":["a@example.org"]`) {
		t.Errorf("it went to %v", bodies)
	}
}

func TestResend_refusesWhatIsNotWorthSending(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	a := o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	c := o.one()
	r := namets.Resend{Delivery: c.ID}
	o.wantNoResend(namets.Resend{Delivery: 99}, namets.NotFound, "99")
	o.wantNoResend(r, namets.Conflict, "n8n has not taken it yet")
	o.must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 1,
			Attempt: &namets.Attempt{At: o.at, Status: 200}}}))

	o.resend(r, namets.ResendReach{Recipients: 1})
	a.IsActive = false
	o.save(a)
	o.wantKinds("withdrawn before it went", "skip: the announcement was withdrawn")
	o.wantNoResend(r, namets.Conflict, "the announcement was withdrawn")
	a.IsActive = true
	o.save(a)
	o.wantKinds("the first one was taken: nobody gets it twice unasked")
	o.wantNoResend(namets.Resend{Delivery: c.ID + 1}, namets.Conflict, "skipped, so that nobody has got it: the "+
		"announcement was withdrawn")
	a.ExpireAt = ptr(o.at.Add(time.Hour))
	o.save(a)
	o.step(time.Hour)
	o.wantNoResend(r, namets.Conflict, "the announcement has expired")
	o.must(o.DeleteAnnouncement(t.Context(), by, a.ID))
	o.wantNoResend(r, namets.Conflict, "its subject was deleted")
	o.step(8 * 24 * time.Hour)
	for n := 1; n > 0; {
		var err error
		n, err = o.PruneDeliveries(t.Context(), 30*24*time.Hour)
		o.must(err)
	}
	o.wantNoResend(r, namets.Conflict, "its text is no longer kept")
}

func TestResend_countsNobodyAsLeavingTwice(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	o.must(o.DeleteSubscriber(t.Context(), by, id))
	o.wantKinds("left", "subscriber_unsubscribed")
	list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Limit: 1})
	o.must(err)
	left := func() (n int) {
		o.must(o.Reader().QueryRowContext(t.Context(), `select sum(n) from daily_counts where what = 'left'`).Scan(&n))
		return n
	}
	before := left()
	o.resend(namets.Resend{Delivery: list[0].ID}, namets.ResendReach{Recipients: 1})
	o.wantKinds("once more", "subscriber_unsubscribed")
	if before != 1 || left() != before {
		t.Errorf("%d left, then %d", before, left())
	}
}
