package store_test

import (
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// TestAnnouncement_goesOutAfterAllWhenItIsDueAgain has n8n fail once before something happens to
// the announcement.
func TestAnnouncement_goesOutAfterAllWhenItIsDueAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		out    func(a *namets.Announcement)
		reason string
		back   func(o *outbox, a *namets.Announcement)
	}{
		{"withdrawn", func(a *namets.Announcement) { a.IsActive = false }, "the announcement was withdrawn",
			func(o *outbox, a *namets.Announcement) { a.IsActive = true; o.save(*a) }},
		{"send_email off", func(a *namets.Announcement) { a.SendEmail = false }, "send_email was switched off",
			func(o *outbox, a *namets.Announcement) { a.SendEmail = true; o.save(*a) }},
		{"expired", func(a *namets.Announcement) { a.ExpireAt = ptr(now) }, "the announcement has expired",
			func(o *outbox, a *namets.Announcement) { a.ExpireAt = nil; o.save(*a) }},
		{"postponed", func(a *namets.Announcement) { a.PublishAt = now.Add(time.Hour) },
			"the announcement was postponed",
			func(o *outbox, _ *namets.Announcement) { o.step(time.Hour) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOutbox(t)
			o.subscriber("a@example.org")
			a := o.announcement(namets.Announcement{Title: "tpyo", PublishAt: now, IsActive: true, SendEmail: true})
			first := o.one()
			o.fail(first, 0)
			tt.out(&a)
			a.Title = "typo"
			o.save(a)
			o.wantKinds("not due", "skip: "+tt.reason)
			o.wantKinds("skipped")
			d, _ := o.delivery(first.ID)
			if d.State != namets.Skipped || d.LastError != tt.reason {
				t.Errorf("not due: %+v", d)
			}
			o.subscriber("b@example.org")
			tt.back(o, &a)
			again := o.one()
			if again.WebhookID != first.WebhookID || again.Failures != 0 ||
				!strings.Contains(string(again.Body), `"recipients":["a@example.org","b@example.org"],"title":"typo"`) {
				t.Errorf("due again: %+v %s", again, again.Body)
			}
			o.fail(again, 0)
			o.wantKinds("n8n takes it", "announcement_created")
			a.IsActive, a.SendEmail = false, false
			o.save(a)
			a.IsActive, a.SendEmail, a.ExpireAt = true, true, nil
			o.save(a)
			o.wantKinds("off and on again")
		})
	}
}

func TestAnnouncement_staysSkippedWhenNobodyWasLeft(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	a := o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	o.fail(o.one(), 0)
	o.must(o.DeleteSubscriber(t.Context(), by, id))
	o.wantKinds("left", "skip: nobody is left to receive it", "subscriber_unsubscribed")
	o.subscriber("b@example.org")
	a.Title = "other"
	o.save(a)
	o.wantKinds("somebody new")
}

func TestAnnouncement_isNotSentTwiceBecauseARepetitionWasSkipped(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	a := o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	c := o.one()
	o.must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 1,
		Attempt: &namets.Attempt{At: o.at, Status: 204}}}))
	a.IsActive = false
	o.save(a)
	o.must(o.RetryDelivery(t.Context(), by, c.ID))
	o.wantKinds("repeated by hand", "skip: the announcement was withdrawn")
	a.IsActive = true
	o.save(a)
	o.wantKinds("active again")
}

// TestAnnouncement_isNotLostWhenItIsDueAgainBeforeItsSkippingIsWritten has the committee faster
// than the worker.
func TestAnnouncement_isNotLostWhenItIsDueAgainBeforeItsSkippingIsWritten(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	a := o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	a.IsActive = false
	o.save(a)
	c := o.one()
	a.IsActive = true
	o.save(a)
	o.must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Skipped, Reason: c.Skip, Withdrawn: c.Withdrawn}}))
	o.wantKinds("active", "announcement_created")
	o.wantKinds("afterwards")
}

func TestEvent_goesOutAfterAllWhenItIsDueAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		out    func(e *namets.Event)
		reason string
	}{
		{"withdrawn", func(e *namets.Event) { e.IsActive = false }, "the event was withdrawn"},
		{"send_email off", func(e *namets.Event) { e.SendEmail = false }, "send_email was switched off"},
		{"over", func(e *namets.Event) { e.End = now }, "the event is over"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOutbox(t)
			o.subscriber("a@example.org")
			id, err := o.CreateEvent(t.Context(), by, namets.Event{Title: "E", Start: now, End: now.Add(time.Hour),
				IsActive: true, SendEmail: true})
			o.must(err)
			e, _, err := o.Event(t.Context(), id)
			o.must(err)
			first, before := o.one(), e
			o.fail(first, 0)
			tt.out(&e)
			o.must(o.UpdateEvent(t.Context(), by, 0, e))
			o.wantKinds("not due", "skip: "+tt.reason)
			o.must(o.UpdateEvent(t.Context(), by, 0, before))
			if again := o.one(); again.WebhookID != first.WebhookID || again.Skip != "" {
				t.Errorf("due again: %+v", again)
			}
		})
	}
}
